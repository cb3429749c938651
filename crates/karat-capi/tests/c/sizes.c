/* Lengths: wrong rows and buffers, short and long records, strides, overlap. Usage: sizes MODEL */
#include "karat.h"
#include "check.h"

enum { ROWS = 150, STRIDE = 11 }; /* more than two of the library's chunks of 64, with a rest */

/* A later karat_score, as a newer program would know it. */
typedef struct longer {
    karat_score known;
    double later[4];
} longer;

static double table[ROWS * STRIDE];
static karat_score alone[ROWS], batch[ROWS];
static longer longs[ROWS];
static double packed[ROWS + 1];

static void wrong_lengths(const karat_scorer *scorer, size_t n)
{
    static const size_t bad[] = {0, 1, 7, 9, 63, 65, 4104, (size_t)-8};
    size_t n_points = karat_scorer_count(scorer, 'p'), n_dimensions = karat_scorer_count(scorer, 'd'), i;
    double numbers[64];
    karat_score score;
    char misaligned[8 * STRIDE + 1];

    memset(misaligned, 0, sizeof misaligned);
    EXPECT(SHAPE, karat_scorer_score(scorer, table, n - 1, &score, sizeof score));
    EXPECT(SHAPE, karat_scorer_score(scorer, table, n + 1, &score, sizeof score));
    EXPECT(SHAPE, karat_scorer_score(scorer, table, 0, &score, sizeof score));
    EXPECT(SHAPE, karat_scorer_score(scorer, table, (size_t)-1, &score, sizeof score));
    EXPECT(SHAPE, karat_scorer_score_rows(scorer, table, ROWS, n - 1, STRIDE, batch, sizeof *batch));
    EXPECT(SHAPE, karat_scorer_score_rows(scorer, table, ROWS, n + 1, STRIDE, batch, sizeof *batch));
    EXPECT(SHAPE, karat_scorer_score_rows(scorer, table, ROWS, n, n - 1, batch, sizeof *batch));
    EXPECT(SHAPE, karat_scorer_score_rows(scorer, table, 0, n, 0, batch, sizeof *batch));
    EXPECT(SHAPE, karat_scorer_explain(scorer, table, n, numbers, n_points - 1));
    EXPECT(SHAPE, karat_scorer_explain(scorer, table, n, numbers, n_points + 1));
    EXPECT(SHAPE, karat_scorer_explain(scorer, table, n, numbers, 0));
    EXPECT(SHAPE, karat_scorer_explain(scorer, table, n - 1, numbers, n_points));
    EXPECT(SHAPE, karat_scorer_dimensions(scorer, table, n, numbers, n_dimensions + 1));
    EXPECT(SHAPE, karat_scorer_dimensions(scorer, table, n, numbers, 0));
    EXPECT(SHAPE, karat_scorer_dimensions(scorer, table, n + 1, numbers, n_dimensions));
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        EXPECT(INVALID_ARGUMENT, karat_scorer_score(scorer, table, n, &score, bad[i]));
        EXPECT(INVALID_ARGUMENT, karat_scorer_score_rows(scorer, table, 1, n, n, &score, bad[i]));
    }
    /* Sizes whose product is no size, and memories that are one. */
    EXPECT(INVALID_ARGUMENT, karat_scorer_score_rows(scorer, table, (size_t)-1, n, n, batch, sizeof *batch));
    EXPECT(INVALID_ARGUMENT,
           karat_scorer_score_rows(scorer, table, 3, n, (size_t)-1 / 2, batch, sizeof *batch));
    EXPECT(INVALID_ARGUMENT,
           karat_scorer_score_rows(scorer, table, ROWS, n, n, (karat_score *)(void *)table, 64));
    EXPECT(INVALID_ARGUMENT,
           karat_scorer_score_rows(scorer, (double *)(void *)batch + 8, 8, n, n, batch, 64));
    if ((size_t)misaligned % 8 == 0)
        EXPECT(INVALID_ARGUMENT,
               karat_scorer_score(scorer, (const double *)(const void *)(misaligned + 1), n, &score, 64));
}

int main(int argc, char **argv)
{
    karat_scorer *scorer = open_model(argc > 1 ? argv[1] : "");
    size_t n = karat_scorer_count(scorer, 'f'), i, j;
    double zeros[4] = {0.0, 0.0, 0.0, 0.0};
    double room[9];
    const unsigned char *behind;

    CHECK(n + 1 < STRIDE);
    for (i = 0; i < ROWS; i++)
        for (j = 0; j < STRIDE; j++)
            table[i * STRIDE + j] = (i + j) % 13 == 0 ? NAN : (double)((i * 7 + j * 5) % 40) / 2.0;
    wrong_lengths(scorer, n);

    for (i = 0; i < ROWS; i++)
        EXPECT(OK, karat_scorer_score(scorer, table + i * STRIDE, n, &alone[i], sizeof alone[i]));

    /* In a batch, with room between rows: the same bits as one by one. */
    EXPECT(OK, karat_scorer_score_rows(scorer, table, ROWS, n, STRIDE, batch, sizeof *batch));
    CHECK(same_bits(alone, batch, sizeof alone));

    /* A newer program: its further fields are zero, in one record and in many. */
    memset(longs, 0x5A, sizeof longs);
    EXPECT(OK, karat_scorer_score(scorer, table, n, &longs[0].known, sizeof longs[0]));
    CHECK(same_bits(&longs[0].known, &alone[0], sizeof alone[0]));
    CHECK(same_bits(longs[0].later, zeros, sizeof zeros));
    memset(longs, 0x5A, sizeof longs);
    EXPECT(OK, karat_scorer_score_rows(scorer, table, ROWS, n, STRIDE, &longs[0].known, sizeof *longs));
    for (i = 0; i < ROWS; i++) {
        CHECK(same_bits(&longs[i].known, &alone[i], sizeof alone[i]));
        CHECK(same_bits(longs[i].later, zeros, sizeof zeros));
    }

    /* An older program, which knows the index alone: nothing is written behind it. */
    memset(room, 0x5A, sizeof room);
    EXPECT(OK, karat_scorer_score(scorer, table, n, (karat_score *)(void *)room, 8));
    CHECK(same_bits(room, &alone[0].index, 8));
    for (behind = (unsigned char *)(room + 1); behind < (unsigned char *)(room + 9); behind++)
        CHECK(*behind == 0x5A);
    memset(packed, 0x5A, sizeof packed);
    EXPECT(OK, karat_scorer_score_rows(scorer, table, ROWS, n, STRIDE, (karat_score *)(void *)packed, 8));
    for (i = 0; i < ROWS; i++) CHECK(same_bits(packed + i, &alone[i].index, 8));
    for (i = 0; i < 8; i++) CHECK(((unsigned char *)(packed + ROWS))[i] == 0x5A);

    karat_scorer_free(scorer);
    return 0;
}
