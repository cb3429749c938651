/* Scores many invented customers for lifetime value and prints a hash of all outputs, with the rate.
 *
 *     lifetimes MODEL ROWS THREADS
 *
 * Customer i is made of numbers 4i to 4i + 3 of a fixed sequence, so that any program in any language can make the same
 * ones (benches/lifetimes.py does). The hash is the sum, modulo 2^64, of SplitMix64's mixing of each output's bits
 * added to its position: no two outputs can change places. Only scoring is timed. */
#define _POSIX_C_SOURCE 200809L
#include "timing.h"

#include <pthread.h>

enum { CHUNK = 16384, MOST_THREADS = 64 };

static karat_scorer *scorer;
static size_t n, n_outputs, place[4];
static uint64_t rows, threads;

typedef struct share {
    uint64_t number, hash;
    double cpu, wall;
} share;

static void make(double *row, uint64_t customer)
{
    double u = uniform(4 * customer), age = 1.0 + 103.0 * uniform(4 * customer + 1);
    double frequency = (double)(int64_t)(u * u * u * 30.0);
    memset(row, 0, n * sizeof *row);
    row[place[0]] = frequency;
    row[place[1]] = frequency > 0.0 ? age * (1.0 - 0.999 * uniform(4 * customer + 2)) : 0.0;
    row[place[2]] = age;
    row[place[3]] = 5.0 + 95.0 * uniform(4 * customer + 3);
}

static void *work(void *argument)
{
    share *mine = argument;
    double *table = memory(CHUNK * n * sizeof *table), *out = memory(CHUNK * n_outputs * sizeof *out);
    uint64_t chunk, first, i;
    for (chunk = mine->number; chunk * CHUNK < rows; chunk += threads) {
        size_t count = rows - chunk * CHUNK < CHUNK ? (size_t)(rows - chunk * CHUNK) : CHUNK;
        double wall, cpu;
        first = chunk * CHUNK;
        for (i = 0; i < count; i++) make(table + i * n, first + i);
        wall = seconds(CLOCK_MONOTONIC);
        cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
        must(karat_scorer_forecast_rows(scorer, table, count, n, n, out, n_outputs), "forecast");
        mine->cpu += seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
        mine->wall += seconds(CLOCK_MONOTONIC) - wall;
        for (i = 0; i < count * n_outputs; i++) {
            uint64_t bits;
            memcpy(&bits, out + i, sizeof bits);
            mine->hash += mixed(bits + first * n_outputs + i);
        }
    }
    free(out);
    free(table);
    return NULL;
}

int main(int argc, char **argv)
{
    static const char *names[] = {"frequency", "recency", "T", "monetary_value"};
    static share shares[MOST_THREADS];
    pthread_t running[MOST_THREADS];
    uint64_t hash = 0, i;
    double cpu = 0.0, wall = 0.0;
    if (argc != 4) {
        fprintf(stderr, "usage: lifetimes MODEL ROWS THREADS\n");
        return 2;
    }
    scorer = opened(argv[1]);
    rows = strtoull(argv[2], NULL, 10);
    threads = strtoull(argv[3], NULL, 10);
    if (threads < 1 || threads > MOST_THREADS) return 2;
    n = karat_scorer_count(scorer, 'f');
    n_outputs = karat_scorer_count(scorer, 'o');
    for (i = 0; i < 4; i++) must(karat_scorer_field_index(scorer, names[i], &place[i]), names[i]);
    for (i = 0; i < threads; i++) {
        shares[i].number = i;
        if (pthread_create(&running[i], NULL, work, &shares[i])) return 1;
    }
    for (i = 0; i < threads; i++) {
        if (pthread_join(running[i], NULL)) return 1;
        hash += shares[i].hash;
        cpu += shares[i].cpu;
        if (shares[i].wall > wall) wall = shares[i].wall;
    }
    printf("{\"rows\": %llu, \"threads\": %llu, \"hash\": \"%016llx\", \"cpu_seconds\": %.4f, \"wall_seconds\": %.4f}\n",
           (unsigned long long)rows, (unsigned long long)threads, (unsigned long long)hash, cpu, wall);
    karat_scorer_free(scorer);
    return 0;
}
