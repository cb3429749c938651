/* An explanation adds up to the index, bit for bit, and every flag can be raised. Usage: explain MODEL */
#include "karat.h"
#include "check.h"

static karat_scorer *scorer;
static size_t n, n_points, n_dimensions;
static double row[64];

/* Scores the row, checks that its points are its index, and returns the score. */
static karat_score scored(void)
{
    karat_score score;
    double points[64], dimensions[64], sum = 0.0;
    size_t i;
    EXPECT(OK, karat_scorer_score(scorer, row, n, &score, sizeof score));
    EXPECT(OK, karat_scorer_explain(scorer, row, n, points, n_points));
    EXPECT(OK, karat_scorer_dimensions(scorer, row, n, dimensions, n_dimensions));
    if (score.flags & KARAT_FLAG_REFUSED) {
        CHECK(isnan(score.index) && score.grade == KARAT_NONE);
        for (i = 0; i < n_points; i++) CHECK(isnan(points[i]));
    } else {
        for (i = 0; i < n_points; i++) sum += points[i];
        CHECK(same_bits(&sum, &score.index, sizeof sum));
    }
    return score;
}

static double *cell(const char *name)
{
    return &row[field(scorer, name)];
}

/* An ordinary customer. */
static void reset(void)
{
    size_t i;
    for (i = 0; i < n; i++) row[i] = 0.0;
    *cell("arpu_3m") = 120.0;
    *cell("tenure_months") = 30.0;
    *cell("contract") = 1.0;
    *cell("complaints") = 1.0;
    *cell("previous_grade") = NAN;
    *cell("grade_age") = NAN;
}

static void names(void)
{
    static const char letters[] = "fidgtslarp";
    const char *what;
    uint32_t i;
    for (what = letters; *what; what++) {
        size_t count = karat_scorer_count(scorer, *what);
        for (i = 0; i < count; i++) {
            const char *name = karat_scorer_name(scorer, *what, i);
            CHECK(name != NULL && name[0] != '\0');
            if (*what == 'f') CHECK(field(scorer, name) == i);
        }
        CHECK(karat_scorer_name(scorer, *what, (uint32_t)count) == NULL);
        CHECK(karat_scorer_name(scorer, *what, KARAT_NONE) == NULL);
        CHECK(karat_scorer_name(scorer, *what, 0xFFFFFFFFu) == NULL);
    }
    CHECK(karat_scorer_count(scorer, 'x') == 0 && karat_scorer_name(scorer, 'x', 0) == NULL);
    CHECK(karat_scorer_count(scorer, '\0') == 0 && karat_scorer_count(scorer, (char)0xE9) == 0);
    CHECK(karat_scorer_count(scorer, 'i') == 4 && karat_scorer_count(scorer, 'p') == 5);
    CHECK(karat_scorer_count(scorer, 'l') == 0 && karat_scorer_count(scorer, 'a') == 0);
    CHECK(strcmp(karat_scorer_name(scorer, 'g', 0), "bronze") == 0);
    CHECK(strcmp(karat_scorer_name(scorer, 't', 0), "A") == 0);
    CHECK(strcmp(karat_scorer_name(scorer, 's', 1), "\xC3\xA9toile") == 0);
    CHECK(strcmp(karat_scorer_name(scorer, 'd', 0), "contribution") == 0);
    CHECK(strcmp(karat_scorer_name(scorer, 'r', 2), "complaints cap") == 0);
    CHECK(strcmp(karat_scorer_name(scorer, 'p', 4), "late payment") == 0);
}

int main(int argc, char **argv)
{
    karat_score plain, score;
    scorer = open_model(argc > 1 ? argv[1] : "");
    n = karat_scorer_count(scorer, 'f');
    n_points = karat_scorer_count(scorer, 'p');
    n_dimensions = karat_scorer_count(scorer, 'd');
    CHECK(n <= 64 && n_points <= 64 && n_dimensions <= 64);
    names();

    reset();
    plain = scored();
    CHECK(plain.flags == 0 && plain.coverage == 1.0 && plain.rule == KARAT_NONE);
    CHECK(plain.index > 0.0 && plain.grade < 3 && plain.type < 4 && plain.segment < 3);
    CHECK(isnan(plain.forecast) && isnan(plain.churn) && isnan(plain.clv));
    CHECK(plain.stage == KARAT_NONE && plain.action == KARAT_NONE);

    *cell("arpu_3m") = NAN; /* replaced by the median */
    CHECK(scored().flags == KARAT_FLAG_IMPUTED);
    reset();
    *cell("complaints") = NAN; /* left out, the others renormalised */
    score = scored();
    CHECK(score.flags == KARAT_FLAG_IMPUTED && score.coverage == 0.75);
    reset();
    *cell("tenure_months") = NAN; /* required */
    CHECK(scored().flags & KARAT_FLAG_REFUSED);
    reset();
    *cell("tenure_months") = 1000.0;
    CHECK(scored().flags == KARAT_FLAG_CLAMPED);
    *cell("tenure_months") = INFINITY;
    CHECK(scored().flags == KARAT_FLAG_CLAMPED);
    reset();
    *cell("contract") = -1.0; /* a label that karat_scorer_category did not know */
    CHECK(scored().flags == (KARAT_FLAG_UNSEEN | KARAT_FLAG_IMPUTED));
    *cell("contract") = 3.0;
    CHECK(scored().flags == (KARAT_FLAG_UNSEEN | KARAT_FLAG_IMPUTED));
    reset();
    *cell("late_payments") = 3.0; /* 5 points off */
    score = scored();
    CHECK(score.flags == KARAT_FLAG_PENALISED && score.index == plain.index - 5.0);
    reset();
    *cell("blocked") = 1.0; /* the gate, rule 0 */
    score = scored();
    CHECK(score.flags == KARAT_FLAG_INELIGIBLE && score.rule == 0 && score.grade == KARAT_NONE);
    CHECK(score.index == plain.index && score.segment == KARAT_NONE && score.type == KARAT_NONE);
    reset();
    *cell("arpu_3m") = 500.0;
    *cell("tenure_months") = 60.0;
    *cell("contract") = 2.0;
    *cell("complaints") = 5.0; /* the cap, rule 2, lets nobody above bronze */
    score = scored();
    CHECK(score.flags == KARAT_FLAG_CAPPED && score.rule == 2 && score.grade == 0);
    reset();
    *cell("previous_grade") = 2.0; /* given three months ago, valid for twelve */
    *cell("grade_age") = 3.0;
    score = scored();
    CHECK(score.flags == KARAT_FLAG_KEPT && score.grade == 2 && plain.grade < 2);

    karat_scorer_free(scorer);
    return 0;
}
