/* Nothing but a load allocates or frees, failures included. Usage: allocation MODEL
 * Link statically with -Wl,--wrap= for each function below, so that the library's calls come here. */
#include "karat.h"
#include "check.h"

#include <stdint.h>

static unsigned long calls;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);
int __real_posix_memalign(void **out, size_t alignment, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
    calls++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    calls++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    calls++;
    return __real_realloc(old, size);
}

void __wrap_free(void *old)
{
    calls++;
    __real_free(old);
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t size)
{
    calls++;
    return __real_posix_memalign(out, alignment, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    calls++;
    return __real_aligned_alloc(alignment, size);
}

int main(int argc, char **argv)
{
    static double table[300 * 64];
    static karat_score scores[300];
    double numbers[64], code;
    static double outputs[300 * 32];
    size_t n, n_points, n_dimensions, n_outputs, i, position;
    unsigned long before = calls;
    karat_scorer *scorer = open_model(argc > 1 ? argv[1] : "");
    karat_score score;

    CHECK(calls > before + 10); /* the counter works: a load allocates */
    n = karat_scorer_count(scorer, 'f');
    n_points = karat_scorer_count(scorer, 'p');
    n_dimensions = karat_scorer_count(scorer, 'd');
    n_outputs = karat_scorer_count(scorer, 'o');
    CHECK(n <= 64 && n_outputs <= 32);
    for (i = 0; i < 300 * n; i++) table[i] = i % 17 == 0 ? NAN : (double)(i * 37 % 211) / 4.0;

    before = calls;
    for (i = 0; i < 300; i++) {
        EXPECT(OK, karat_scorer_score(scorer, table + i * n, n, &score, sizeof score));
        EXPECT(OK, karat_scorer_explain(scorer, table + i * n, n, numbers, n_points));
        EXPECT(OK, karat_scorer_dimensions(scorer, table + i * n, n, numbers, n_dimensions));
        EXPECT(OK, karat_scorer_forecast(scorer, table + i * n, n, numbers, n_outputs));
    }
    EXPECT(OK, karat_scorer_forecast_rows(scorer, table, 300, n, n, outputs, n_outputs));
    EXPECT(SHAPE, karat_scorer_forecast_rows(scorer, table, 300, n, n, outputs, n_outputs + 1));
    EXPECT(SCHEMA, karat_scorer_output_index(scorer, "lifetime.p_dead", &position));
    EXPECT(OK, karat_scorer_score_rows(scorer, table, 300, n, n, scores, sizeof *scores));
    EXPECT(OK, karat_scorer_score_rows(scorer, table, 300, n, n, scores, 8));
    EXPECT(OK, karat_scorer_field_index(scorer, "tenure_months", &position));
    EXPECT(OK, karat_scorer_category(scorer, field(scorer, "contract"), "yearly", &code));
    CHECK(karat_scorer_name(scorer, 'g', 0) && karat_scorer_model_id(scorer));
    CHECK(karat_scorer_schema_id(scorer) != 0);
    EXPECT(SCHEMA, karat_scorer_field_index(scorer, "tenur", &position));
    EXPECT(SCHEMA, karat_scorer_category(scorer, field(scorer, "contract"), "dayly", &code));
    EXPECT(SHAPE, karat_scorer_score(scorer, table, n - 1, &score, sizeof score));
    EXPECT(SHAPE, karat_scorer_score_rows(scorer, table, 300, n, n - 1, scores, sizeof *scores));
    EXPECT(SHAPE, karat_scorer_explain(scorer, table, n, numbers, n_points + 1));
    EXPECT(SHAPE, karat_scorer_dimensions(scorer, table, n, numbers, n_dimensions + 1));
    CHECK(calls == before);

    karat_scorer_free(scorer);
    CHECK(calls > before);
    return 0;
}
