/* One row and a batch: forecasts of karat models beside an ONNX model in ONNX Runtime's C API, in one process.
 *
 *     embed FIELDS ROUNDS [LIBONNXRUNTIME MLP.onnx OUTPUTS] -- NAME MODEL ...
 *
 * Each measurement is the least of ROUNDS blocks, in nanoseconds of the thread's CPU clock, so that a busy machine
 * disturbs little. The runtime is loaded at run time and called by the positions of its append-only table, which need no
 * header. Prints a JSON object a line. */
#define _POSIX_C_SOURCE 200809L
#include "timing.h"

#include <dlfcn.h>
#include <pthread.h>

enum { ROWS = 4096, CALLS = 2000, MOST_OUTPUTS = 256 };

static size_t fields;
static int rounds;
static double *table;
static volatile double sink;

typedef void (*body)(void *context, size_t call);

/* Least seconds of CPU of a call, in blocks of `calls`. */
static double least(body run, void *context, size_t calls)
{
    double best = 1e9;
    int round;
    size_t call;
    for (call = 0; call < calls; call++) run(context, call);
    for (round = 0; round < rounds; round++) {
        double start = seconds(CLOCK_THREAD_CPUTIME_ID), spent;
        for (call = 0; call < calls; call++) run(context, call);
        spent = (seconds(CLOCK_THREAD_CPUTIME_ID) - start) / (double)calls;
        if (spent < best) best = spent;
    }
    return best;
}

static void report(const char *name, const char *what, double nanoseconds)
{
    printf("{\"name\": \"%s\", \"what\": \"%s\", \"ns\": %.2f}\n", name, what, nanoseconds);
    fflush(stdout);
}

/* --- karat ---------------------------------------------------------------------------------------- */

typedef struct ours {
    karat_scorer *scorer;
    size_t outputs;
    double *out;
    karat_score *scores;
} ours;

static void forecast_one(void *context, size_t call)
{
    ours *us = context;
    must(karat_scorer_forecast(us->scorer, table + call % ROWS * fields, fields, us->out, us->outputs), "forecast");
}

static void score_one(void *context, size_t call)
{
    ours *us = context;
    must(karat_scorer_score(us->scorer, table + call % ROWS * fields, fields, us->scores, sizeof *us->scores), "score");
}

static void forecast_batch(void *context, size_t call)
{
    ours *us = context;
    (void)call;
    must(karat_scorer_forecast_rows(us->scorer, table, ROWS, fields, fields, us->out, us->outputs), "batch");
}

static void score_batch(void *context, size_t call)
{
    ours *us = context;
    (void)call;
    must(karat_scorer_score_rows(us->scorer, table, ROWS, fields, fields, us->scores, sizeof *us->scores), "batch");
}

enum { THREADS = 2, REPEATS = 200 };

static void *repeated(void *context)
{
    ours mine = *(ours *)context;
    int repeat;
    mine.out = memory(ROWS * mine.outputs * sizeof *mine.out);
    for (repeat = 0; repeat < REPEATS; repeat++) forecast_batch(&mine, 0);
    free(mine.out);
    return NULL;
}

/* Nanoseconds of the wall for a row, when two threads each score batches of their own. */
static double two_threads(ours *us)
{
    double best = 1e9;
    int round, i;
    for (round = 0; round < 5; round++) {
        pthread_t running[THREADS];
        double start = seconds(CLOCK_MONOTONIC), spent;
        for (i = 0; i < THREADS; i++)
            if (pthread_create(&running[i], NULL, repeated, us)) exit(1);
        for (i = 0; i < THREADS; i++) pthread_join(running[i], NULL);
        spent = (seconds(CLOCK_MONOTONIC) - start) / ((double)THREADS * REPEATS * ROWS);
        if (spent < best) best = spent;
    }
    return best;
}

static void measure_ours(const char *name, const char *path)
{
    ours us;
    uint64_t hash = 0, bits;
    size_t i;
    us.scorer = opened(path);
    us.outputs = karat_scorer_count(us.scorer, 'o');
    if (karat_scorer_count(us.scorer, 'f') != fields || us.outputs == 0) {
        fprintf(stderr, "%s: not a model of %zu fields with forecasts\n", path, fields);
        exit(1);
    }
    us.out = memory(ROWS * us.outputs * sizeof *us.out);
    us.scores = memory(ROWS * sizeof *us.scores);
    report(name, "one row, forecasts", 1e9 * least(forecast_one, &us, CALLS));
    report(name, "one row, record", 1e9 * least(score_one, &us, CALLS));
    report(name, "batch, record", 1e9 * least(score_batch, &us, 2) / ROWS);
    report(name, "batch, forecasts", 1e9 * least(forecast_batch, &us, 2) / ROWS);
    report(name, "batch on two threads, wall", 1e9 * two_threads(&us));
    for (i = 0; i < ROWS * us.outputs; i++) {
        memcpy(&bits, us.out + i, sizeof bits);
        hash += mixed(bits + i);
    }
    printf("{\"name\": \"%s\", \"what\": \"hash\", \"hash\": \"%016llx\"}\n", name, (unsigned long long)hash);
    free(us.scores);
    free(us.out);
    karat_scorer_free(us.scorer);
}

/* --- ONNX Runtime --------------------------------------------------------------------------------- */

/* Positions in OrtApi. */
enum {
    GET_ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    CREATE_SESSION = 7,
    RUN = 9,
    CREATE_SESSION_OPTIONS = 10,
    SET_INTRA_OP_THREADS = 24,
    SET_INTER_OP_THREADS = 25,
    CREATE_TENSOR = 49,
    TENSOR_DATA = 51,
    CREATE_CPU_MEMORY = 69,
    RELEASE_VALUE = 96,
    DOUBLES = 11
};

typedef struct api_base {
    void *const *(*get_api)(uint32_t version);
    const char *(*version)(void);
} api_base;

static void *const *api;

typedef struct theirs {
    void *session, *memory;
    size_t rows, outputs;
} theirs;

static void *function(int position)
{
    return api[position];
}

static void well(void *status, const char *what)
{
    if (status) {
        const char *(*message)(void *);
        *(void **)&message = function(GET_ERROR_MESSAGE);
        fprintf(stderr, "ONNX Runtime, %s: %s\n", what, message(status));
        exit(1);
    }
}

/* Wraps the caller's rows, runs, reads, releases: what a service does. */
static void run_theirs(void *context, size_t call)
{
    theirs *them = context;
    void *(*tensor)(void *, void *, size_t, const int64_t *, size_t, int, void **);
    void *(*run)(void *, void *, const char *const *, void *const *, size_t, const char *const *, size_t, void **);
    void *(*data)(void *, void **);
    void (*release)(void *);
    const char *in = "X", *out = "proba";
    int64_t shape[2];
    double *row = table + (them->rows == 1 ? call % ROWS * fields : 0), *found;
    void *input = NULL, *output = NULL;
    *(void **)&tensor = function(CREATE_TENSOR);
    *(void **)&run = function(RUN);
    *(void **)&data = function(TENSOR_DATA);
    *(void **)&release = function(RELEASE_VALUE);
    shape[0] = (int64_t)them->rows;
    shape[1] = (int64_t)fields;
    well(tensor(them->memory, row, them->rows * fields * sizeof *row, shape, 2, DOUBLES, &input), "tensor");
    well(run(them->session, NULL, &in, &input, 1, &out, 1, &output), "run");
    well(data(output, (void **)&found), "data");
    sink += found[0];
    release(output);
    release(input);
}

static void measure_theirs(const char *library, const char *path, size_t outputs)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL), *env = NULL, *options = NULL;
    const api_base *(*base)(void);
    void *(*create_env)(int, const char *, void **);
    void *(*create_options)(void **);
    void *(*set_threads)(void *, int);
    void *(*create_memory)(int, int, void **);
    void *(*create_session)(void *, const char *, void *, void **);
    theirs them;
    if (!handle) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    *(void **)&base = dlsym(handle, "OrtGetApiBase");
    if (!base || !(api = base()->get_api(17))) {
        fprintf(stderr, "%s: no API of version 17\n", library);
        exit(1);
    }
    *(void **)&create_env = function(CREATE_ENV);
    *(void **)&create_options = function(CREATE_SESSION_OPTIONS);
    *(void **)&create_memory = function(CREATE_CPU_MEMORY);
    *(void **)&create_session = function(CREATE_SESSION);
    well(create_env(3, "karat", &env), "environment");
    well(create_options(&options), "options");
    *(void **)&set_threads = function(SET_INTRA_OP_THREADS);
    well(set_threads(options, 1), "threads");
    *(void **)&set_threads = function(SET_INTER_OP_THREADS);
    well(set_threads(options, 1), "threads");
    well(create_memory(1, 0, &them.memory), "memory");
    well(create_session(env, path, options, &them.session), "session");
    printf("{\"name\": \"ONNX Runtime C API\", \"what\": \"version\", \"version\": \"%s\"}\n", base()->version());
    them.outputs = outputs;
    them.rows = 1;
    report("ONNX Runtime C API", "one row", 1e9 * least(run_theirs, &them, CALLS));
    them.rows = ROWS;
    report("ONNX Runtime C API", "batch", 1e9 * least(run_theirs, &them, 2) / ROWS);
}

int main(int argc, char **argv)
{
    int at = 3;
    size_t i;
    if (argc < 4 || (fields = strtoul(argv[1], NULL, 10)) == 0 || (rounds = atoi(argv[2])) < 1) {
        fprintf(stderr, "usage: embed FIELDS ROUNDS [LIBONNXRUNTIME MLP.onnx OUTPUTS] -- NAME MODEL ...\n");
        return 2;
    }
    table = memory(ROWS * fields * sizeof *table);
    for (i = 0; i < ROWS * fields; i++) table[i] = 4.0 * uniform(i) - 2.0;
    if (strcmp(argv[at], "--") != 0) {
        if (argc < 7) return 2;
        measure_theirs(argv[at], argv[at + 1], strtoul(argv[at + 2], NULL, 10));
        at += 3;
    }
    for (at++; at + 1 < argc; at += 2) measure_ours(argv[at], argv[at + 1]);
    free(table);
    return 0;
}
