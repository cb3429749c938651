/* NULL in every position of every function, and outputs untouched by a failure. Usage: nulls MODEL */
#include "karat.h"
#include "check.h"

int main(int argc, char **argv)
{
    karat_scorer *scorer = open_model(argc > 1 ? argv[1] : "");
    size_t n = karat_scorer_count(scorer, 'f'), position = 77, size, i;
    size_t n_points = karat_scorer_count(scorer, 'p'), n_dimensions = karat_scorer_count(scorer, 'd');
    double row[64], numbers[64], code = 77.0;
    karat_score score, untouched;
    karat_scorer *other = scorer;
    char why[64];
    char *bytes = read_whole(argv[1], &size);

    CHECK(n <= 64 && n_points <= 64 && n_dimensions <= 64);
    for (i = 0; i < 64; i++) {
        row[i] = 1.0;
        numbers[i] = 77.0;
    }
    memset(&score, 0x5A, sizeof score);
    untouched = score;

    /* Loading: the handle becomes NULL, the message says what was NULL. */
    EXPECT(NULL_POINTER, karat_scorer_open(NULL, &other, why, sizeof why));
    CHECK(other == NULL && strcmp(why, "`path` is NULL") == 0);
    EXPECT(NULL_POINTER, karat_scorer_open(argv[1], NULL, why, sizeof why));
    CHECK(strcmp(why, "`out` is NULL") == 0);
    EXPECT(NULL_POINTER, karat_scorer_open(NULL, NULL, NULL, 0));
    other = scorer;
    EXPECT(NULL_POINTER, karat_scorer_load(NULL, size, &other, why, sizeof why));
    CHECK(other == NULL && strcmp(why, "`data` is NULL") == 0);
    EXPECT(NULL_POINTER, karat_scorer_load(NULL, 0, &other, why, sizeof why));
    EXPECT(NULL_POINTER, karat_scorer_load(bytes, size, NULL, why, sizeof why));
    CHECK(strcmp(why, "`out` is NULL") == 0);
    /* A missing message buffer is allowed, whatever its length, and so is one without room. */
    EXPECT(OK, karat_scorer_load(bytes, size, &other, NULL, 100));
    karat_scorer_free(other);
    EXPECT(FORMAT, karat_scorer_load(bytes, 3, &other, NULL, 100));
    why[0] = 'x';
    EXPECT(FORMAT, karat_scorer_load(bytes, 3, &other, why, 0));
    CHECK(other == NULL && why[0] == 'x');
    EXPECT(INVALID_ARGUMENT, karat_scorer_load(bytes, (size_t)-1, &other, why, sizeof why));
    CHECK(other == NULL);
    karat_scorer_free(NULL);

    EXPECT(NULL_POINTER, karat_scorer_field_index(NULL, "tenure_months", &position));
    EXPECT(NULL_POINTER, karat_scorer_field_index(scorer, NULL, &position));
    EXPECT(NULL_POINTER, karat_scorer_field_index(scorer, "tenure_months", NULL));
    EXPECT(SCHEMA, karat_scorer_field_index(scorer, "tenur", &position));
    EXPECT(SCHEMA, karat_scorer_field_index(scorer, "", &position));
    CHECK(position == 77);

    EXPECT(NULL_POINTER, karat_scorer_category(NULL, 0, "monthly", &code));
    EXPECT(NULL_POINTER, karat_scorer_category(scorer, field(scorer, "contract"), NULL, &code));
    EXPECT(NULL_POINTER, karat_scorer_category(scorer, field(scorer, "contract"), "monthly", NULL));
    EXPECT(INVALID_ARGUMENT, karat_scorer_category(scorer, n, "monthly", &code));
    EXPECT(INVALID_ARGUMENT, karat_scorer_category(scorer, (size_t)-1, "monthly", &code));
    EXPECT(INVALID_ARGUMENT, karat_scorer_category(scorer, field(scorer, "tenure_months"), "monthly", &code));
    EXPECT(SCHEMA, karat_scorer_category(scorer, field(scorer, "contract"), "Monthly", &code));
    EXPECT(SCHEMA, karat_scorer_category(scorer, field(scorer, "contract"), "", &code));
    CHECK(code == 77.0);
    EXPECT(OK, karat_scorer_category(scorer, field(scorer, "contract"), "two years", &code));
    CHECK(code == 2.0);

    CHECK(karat_scorer_schema_id(NULL) == 0 && karat_scorer_schema_id(scorer) != 0);
    CHECK(karat_scorer_model_id(NULL) == NULL && strlen(karat_scorer_model_id(scorer)) == 64);
    CHECK(karat_scorer_count(NULL, 'f') == 0 && karat_scorer_name(NULL, 'f', 0) == NULL);

    EXPECT(NULL_POINTER, karat_scorer_score(NULL, row, n, &score, sizeof score));
    EXPECT(NULL_POINTER, karat_scorer_score(scorer, NULL, n, &score, sizeof score));
    EXPECT(NULL_POINTER, karat_scorer_score(scorer, row, n, NULL, sizeof score));

    EXPECT(NULL_POINTER, karat_scorer_score_rows(NULL, row, 1, n, n, &score, sizeof score));
    EXPECT(NULL_POINTER, karat_scorer_score_rows(scorer, NULL, 1, n, n, &score, sizeof score));
    EXPECT(NULL_POINTER, karat_scorer_score_rows(scorer, row, 1, n, n, NULL, sizeof score));
    EXPECT(NULL_POINTER, karat_scorer_score_rows(NULL, NULL, 0, n, n, NULL, sizeof score));
    /* An empty table has no memory in many programs. */
    EXPECT(OK, karat_scorer_score_rows(scorer, NULL, 0, n, n, NULL, sizeof score));

    EXPECT(NULL_POINTER, karat_scorer_explain(NULL, row, n, numbers, n_points));
    EXPECT(NULL_POINTER, karat_scorer_explain(scorer, NULL, n, numbers, n_points));
    EXPECT(NULL_POINTER, karat_scorer_explain(scorer, row, n, NULL, n_points));
    EXPECT(NULL_POINTER, karat_scorer_dimensions(NULL, row, n, numbers, n_dimensions));
    EXPECT(NULL_POINTER, karat_scorer_dimensions(scorer, NULL, n, numbers, n_dimensions));
    EXPECT(NULL_POINTER, karat_scorer_dimensions(scorer, row, n, NULL, n_dimensions));

    EXPECT(NULL_POINTER, karat_scorer_output_index(NULL, "next.stays", &position));
    EXPECT(NULL_POINTER, karat_scorer_output_index(scorer, NULL, &position));
    EXPECT(NULL_POINTER, karat_scorer_output_index(scorer, "next.stays", NULL));
    EXPECT(NULL_POINTER, karat_scorer_forecast(NULL, row, n, numbers, 1));
    EXPECT(NULL_POINTER, karat_scorer_forecast(scorer, NULL, n, numbers, 1));
    EXPECT(NULL_POINTER, karat_scorer_forecast(scorer, row, n, NULL, 1));
    EXPECT(NULL_POINTER, karat_scorer_forecast_rows(NULL, row, 1, n, n, numbers, 1));
    EXPECT(NULL_POINTER, karat_scorer_forecast_rows(scorer, NULL, 1, n, n, numbers, 1));
    EXPECT(NULL_POINTER, karat_scorer_forecast_rows(scorer, row, 1, n, n, NULL, 1));
    CHECK(position == 77);

    CHECK(same_bits(&score, &untouched, sizeof score));
    for (i = 0; i < 64; i++) CHECK(numbers[i] == 77.0);
    CHECK(strcmp(karat_status_text(KARAT_STATUS_OK), "success") == 0);
    CHECK(karat_status_text(-1) != NULL && karat_status_text(12345) != NULL);
    free(bytes);
    karat_scorer_free(scorer);
    return 0;
}
