/* Forecasts: names, one row, batches, the record, wrong lengths. Usage: forecast FORECASTING_MODEL SMALL_MODEL */
#include "karat.h"
#include "check.h"

enum { ROWS = 150, STRIDE = 13, OUTPUTS = 17 }; /* more than two of the library's blocks, with a rest */

static double table[ROWS * STRIDE];
static double batch[ROWS * OUTPUTS], packed[ROWS * OUTPUTS];
static karat_score scores[ROWS];

static size_t output(const karat_scorer *scorer, const char *name)
{
    size_t position = (size_t)-1;
    EXPECT(OK, karat_scorer_output_index(scorer, name, &position));
    CHECK(position < karat_scorer_count(scorer, 'o'));
    CHECK(strcmp(karat_scorer_name(scorer, 'o', (uint32_t)position), name) == 0);
    return position;
}

static void fill(const karat_scorer *scorer, size_t n)
{
    size_t i, x = field(scorer, "frequency"), recency = field(scorer, "recency"), age = field(scorer, "T");
    for (i = 0; i < ROWS; i++) {
        double *row = table + i * STRIDE;
        size_t j;
        for (j = 0; j < n; j++) row[j] = i % 19 == j ? NAN : (double)((i * 37 + j * 11) % 211) / 4.0;
        row[field(scorer, "contract")] = (double)(i % 4); /* 3 is no category */
        row[x] = (double)(i % 5);
        row[age] = 10.0 + (double)(i % 30);
        row[recency] = i % 5 == 0 ? 0.0 : row[age] / 2.0;
    }
}

static void wrong_lengths(const karat_scorer *scorer, size_t n)
{
    char misaligned[8 * STRIDE + 1];
    memset(misaligned, 0, sizeof misaligned);
    EXPECT(SHAPE, karat_scorer_forecast(scorer, table, n - 1, batch, OUTPUTS));
    EXPECT(SHAPE, karat_scorer_forecast(scorer, table, n + 1, batch, OUTPUTS));
    EXPECT(SHAPE, karat_scorer_forecast(scorer, table, n, batch, OUTPUTS - 1));
    EXPECT(SHAPE, karat_scorer_forecast(scorer, table, n, batch, 0));
    EXPECT(SHAPE, karat_scorer_forecast_rows(scorer, table, ROWS, n, n - 1, batch, OUTPUTS));
    EXPECT(SHAPE, karat_scorer_forecast_rows(scorer, table, ROWS, n, n, batch, (size_t)-1));
    EXPECT(SHAPE, karat_scorer_forecast_rows(scorer, NULL, 0, n, 0, NULL, OUTPUTS));
    EXPECT(INVALID_ARGUMENT, karat_scorer_forecast_rows(scorer, table, (size_t)-1, n, n, batch, OUTPUTS));
    EXPECT(INVALID_ARGUMENT, karat_scorer_forecast_rows(scorer, table, 3, n, (size_t)-1 / 2, batch, OUTPUTS));
    EXPECT(INVALID_ARGUMENT, karat_scorer_forecast_rows(scorer, table, ROWS, n, n, table, OUTPUTS));
    if ((size_t)misaligned % 8 == 0)
        EXPECT(INVALID_ARGUMENT,
               karat_scorer_forecast(scorer, (double *)(void *)(misaligned + 1), n, batch, OUTPUTS));
    EXPECT(OK, karat_scorer_forecast_rows(scorer, NULL, 0, n, n, NULL, OUTPUTS));
}

int main(int argc, char **argv)
{
    karat_scorer *scorer = open_model(argc > 1 ? argv[1] : ""), *without;
    size_t n = karat_scorer_count(scorer, 'f'), i, j, stage, leaves, value, position = 77;
    double single[OUTPUTS], untouched = 77.0, row[11] = {50, 12, 0, 0, NAN, NAN, 0, 0, 2, 30.43, 38.86};
    karat_score score;

    CHECK(n == 11 && karat_scorer_count(scorer, 'o') == OUTPUTS && karat_scorer_count(scorer, 'n') == 4);
    CHECK(strcmp(karat_scorer_name(scorer, 'n', 1), "next") == 0 && karat_scorer_name(scorer, 'n', 4) == NULL);
    CHECK(karat_scorer_name(scorer, 'o', OUTPUTS) == NULL);
    stage = output(scorer, "life.stage");
    leaves = output(scorer, "next.leaves");
    value = output(scorer, "contract.value");
    EXPECT(SCHEMA, karat_scorer_output_index(scorer, "next.left", &position));
    EXPECT(SCHEMA, karat_scorer_output_index(scorer, "next", &position));
    CHECK(position == 77);

    /* Fader, Hardie & Lee (2005): 1.226 transactions; margin 50 times .8 / .3 (Gupta and Lehmann, 2003). */
    EXPECT(OK, karat_scorer_forecast(scorer, row, n, single, OUTPUTS));
    CHECK(fabs(single[output(scorer, "lifetime.expected_transactions")] - 1.226) < 1e-3);
    CHECK(fabs(single[value] - 50.0 * 0.8 / 0.3) < 1e-9);
    CHECK(fabs(single[leaves - 2] + single[leaves - 1] + single[leaves] - 1.0) < 1e-15);
    CHECK(single[stage] == 2.0 && strcmp(karat_scorer_name(scorer, 'l', 2), "maturity") == 0);
    row[8] = -1.0; /* no customer has such a history: its lifetime is unknown, the rest is not */
    EXPECT(OK, karat_scorer_forecast(scorer, row, n, single, OUTPUTS));
    CHECK(isnan(single[0]) && !isnan(single[value]) && !isnan(single[leaves]));

    fill(scorer, n);
    EXPECT(OK, karat_scorer_forecast_rows(scorer, table, ROWS, n, STRIDE, batch, OUTPUTS));
    EXPECT(OK, karat_scorer_score_rows(scorer, table, ROWS, n, STRIDE, scores, sizeof *scores));
    for (i = 0; i < ROWS; i++) {
        EXPECT(OK, karat_scorer_forecast(scorer, table + i * STRIDE, n, single, OUTPUTS));
        CHECK(same_bits(single, batch + i * OUTPUTS, sizeof single));
        EXPECT(OK, karat_scorer_score(scorer, table + i * STRIDE, n, &score, sizeof score));
        CHECK(same_bits(&score, scores + i, sizeof score));
        CHECK(same_bits(&score.churn, single + leaves, 8) && same_bits(&score.clv, single + value, 8));
        CHECK(isnan(single[stage]) ? score.stage == KARAT_NONE : score.stage == (uint16_t)single[stage]);
        CHECK(isnan(score.forecast));
    }
    for (j = 1; j <= ROWS; j += 29) {
        EXPECT(OK, karat_scorer_forecast_rows(scorer, table, j, n, STRIDE, packed, OUTPUTS));
        CHECK(same_bits(packed, batch, j * OUTPUTS * sizeof *batch));
    }
    wrong_lengths(scorer, n);

    /* A model without forecasts has none, and says so. */
    without = open_model(argc > 2 ? argv[2] : "");
    CHECK(karat_scorer_count(without, 'o') == 0 && karat_scorer_count(without, 'n') == 0);
    EXPECT(OK, karat_scorer_forecast(without, table, karat_scorer_count(without, 'f'), &untouched, 0));
    EXPECT(SHAPE, karat_scorer_forecast(without, table, karat_scorer_count(without, 'f'), &untouched, 1));
    CHECK(untouched == 77.0);
    karat_scorer_free(without);
    karat_scorer_free(scorer);
    return 0;
}
