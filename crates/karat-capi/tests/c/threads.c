/* Eight threads on one scorer give the bits of one thread, and need no more stack than the header says (and
 * what this program and the system need). Usage: threads MODEL */
#define _POSIX_C_SOURCE 200112L
#include "karat.h"
#include "check.h"

#include <pthread.h>

enum { THREADS = 8, ROWS = 200, WIDTH = 256, ROUNDS = 4, STACK = 128 * 1024 + 16 * 1024 };

static karat_scorer *scorer;
static size_t n, n_points;
static double table[ROWS * WIDTH];
static karat_score wanted[ROWS];

static void *work(void *argument)
{
    karat_score *mine = argument;
    double points[WIDTH], sum;
    size_t round, i, j;
    for (round = 0; round < ROUNDS; round++) {
        memset(mine, 0, ROWS * sizeof *mine);
        if (round % 2 == 0) {
            EXPECT(OK, karat_scorer_score_rows(scorer, table, ROWS, n, n, mine, sizeof *mine));
        } else {
            for (i = 0; i < ROWS; i++) {
                EXPECT(OK, karat_scorer_score(scorer, table + i * n, n, &mine[i], sizeof *mine));
                EXPECT(OK, karat_scorer_explain(scorer, table + i * n, n, points, n_points));
                for (sum = 0.0, j = 0; j < n_points; j++) sum += points[j];
                CHECK(isnan(sum) || same_bits(&sum, &mine[i].index, sizeof sum));
            }
        }
        CHECK(same_bits(mine, wanted, sizeof wanted));
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static karat_score got[THREADS][ROWS];
    pthread_t threads[THREADS];
    pthread_attr_t little_stack;
    size_t i;

    scorer = open_model(argc > 1 ? argv[1] : "");
    n = karat_scorer_count(scorer, 'f');
    n_points = karat_scorer_count(scorer, 'p');
    CHECK(n <= WIDTH && n_points <= WIDTH);
    for (i = 0; i < ROWS * n; i++) table[i] = i % 17 == 0 ? NAN : (double)(i * 37 % 211) / 4.0;
    EXPECT(OK, karat_scorer_score_rows(scorer, table, ROWS, n, n, wanted, sizeof *wanted));

    CHECK(pthread_attr_init(&little_stack) == 0);
    CHECK(pthread_attr_setstacksize(&little_stack, STACK) == 0);
    for (i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], &little_stack, work, got[i]) == 0);
    for (i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    pthread_attr_destroy(&little_stack);
    karat_scorer_free(scorer);
    return 0;
}
