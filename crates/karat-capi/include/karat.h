/*
 * karat.h - score customers with a fitted karat model
 *
 * Dear integrator: this file is the whole contract. In a billing run you
 *
 *   1. karat_scorer_open() the model, once;
 *   2. karat_scorer_field_index() your columns, by name, once;
 *   3. karat_scorer_score() or _score_rows() as often as you like, from any threads;
 *   4. karat_scorer_free() the scorer, once.
 *
 * The rules, said once:
 *
 *   Rows        A row is one double for each field, in the order of the fields. NaN means missing.
 *               A categorical field carries the number that karat_scorer_category() gives.
 *   Results     Calls that can fail return a karat_status; 0 is success. Outputs are written only on
 *               success, but for `out` of a load, which becomes NULL, and errbuf.
 *   Pointers    Every pointer is checked for NULL. Input is only read, is never kept, and must not be
 *               changed by another thread during the call. Rows must be aligned for doubles, else
 *               KARAT_STATUS_INVALID_ARGUMENT.
 *   Ownership   You own what you pass in. karat owns scorers and the strings it returns; a string lives
 *               as long as its scorer. Only karat_scorer_free() frees.
 *   Strings     End in NUL. Names and messages are UTF-8.
 *   Threads     A scorer never changes after its load: any number of threads may use one at once, without
 *               locks. Only karat_scorer_free() must come after all of them. There is no global and no
 *               thread-local state, so coroutines, goroutines, fork() and dlclose() are fine.
 *   Memory      Loading allocates (and ends the process when memory is exhausted); nothing else does.
 *               Scoring needs at most 128 KiB of stack.
 *   Manners     No output, no signal handlers, no environment variables, no threads, no callbacks.
 *   Bits        The same row and model give the same bits on every machine, from every language and
 *               thread, alone or in a batch. The library relies on the default rounding mode.
 *   Defects     A defect inside the library is reported on standard error and returned as
 *               KARAT_STATUS_PANIC (or as the empty result of calls without a status); the scorer
 *               remains usable. No exception crosses into your program.
 *   Versions    Functions, statuses, flags and fields of karat_score are only ever added; when one must
 *               go or change its meaning, the SONAME changes.
 *
 * C89, C99, C11 and C++ may include this file. Written by `cargo run -p xtask -- header` from
 * crates/karat-capi; changes made here are lost.
 */

#ifndef KARAT_H
#define KARAT_H

#include <stddef.h>
#include <stdint.h>

/* The version of this header; karat_version() is that of the library. NUMBER is
 * MAJOR * 10000 + MINOR * 100 + PATCH. */
#define KARAT_VERSION_MAJOR 0
#define KARAT_VERSION_MINOR 1
#define KARAT_VERSION_PATCH 0
#define KARAT_VERSION_NUMBER 100

/* Set it before including this file if your system decorates imported functions. */
#ifndef KARAT_API
#define KARAT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define KARAT_NONE                    65535 /* "none", for grade to rule of a score */
#define KARAT_FLAG_IMPUTED            1     /* a missing field was filled in or left out by its rule */
#define KARAT_FLAG_CLAMPED            2     /* a field lay outside the frozen bounds, or was infinite */
#define KARAT_FLAG_CAPPED             4     /* a rule lowered the grade: see `rule` */
#define KARAT_FLAG_INELIGIBLE         8     /* a rule keeps the customer out of all classes: see `rule` */
#define KARAT_FLAG_REFUSED            16    /* too much was missing: there is no index */
#define KARAT_FLAG_UNSEEN             32    /* a category unknown to the model was scored as missing */
#define KARAT_FLAG_KEPT               64    /* the previous grade was kept, for it is still valid */
#define KARAT_FLAG_PENALISED          128   /* a rule took points off the index */

/* A loaded model. Never changes; opaque. */
typedef struct karat_scorer karat_scorer;

/*
 * What a call came to: 0 is success, everything else a failure. A number keeps its meaning for ever; new
 * ones may be added, so treat an unknown one as a failure.
 */
typedef int32_t karat_status;

/*
 * What a model says of one customer: 64 bytes without padding, in the byte order of the machine. NaN and
 * KARAT_NONE mean "not part of this model, or not for this customer". Later versions append fields.
 */
typedef struct karat_score {
    double index;     /* customer value index, on the scale of the model (0 to 100, or points) */
    double forecast;  /* index expected at the horizon of the model */
    double churn;     /* probability of leaving within the horizon, 0 to 1 */
    double clv;       /* lifetime value, in the currency of the model */
    double margin;    /* lead of the segment over the next best, 0 to 1 */
    double coverage;  /* share of the weight of the indicators that was present, 0 to 1 */
    uint16_t grade;   /* grade, 0 the lowest */
    uint16_t type;    /* type: A strategic, B1 contribution, B2 potential, C low */
    uint16_t segment; /* segment */
    uint16_t stage;   /* life-cycle stage */
    uint16_t action;  /* recommended action */
    uint16_t rule;    /* the rule that excluded the customer or lowered the grade */
    uint32_t flags;   /* KARAT_FLAG_*; later versions may set further bits */
} karat_score;

#define KARAT_STATUS_OK               0     /* success */
#define KARAT_STATUS_NULL_POINTER     1     /* a pointer was NULL */
#define KARAT_STATUS_INVALID_ARGUMENT 2     /* a number or pointer that the call cannot take */
#define KARAT_STATUS_SHAPE            3     /* a row or buffer of the wrong length */
#define KARAT_STATUS_SCHEMA           4     /* the model has no such field or category */
#define KARAT_STATUS_IO               5     /* the operating system could not read the file */
#define KARAT_STATUS_FORMAT           6     /* not a karat model, or a cut or damaged one */
#define KARAT_STATUS_UNSUPPORTED      7     /* a sound model that needs a newer karat */
#define KARAT_STATUS_NUMERICS         8     /* this machine computes other bits: don't bill from it */
#define KARAT_STATUS_PANIC            99    /* a defect inside the library, caught: please report it */

/*
 * Version of the library that runs, packed like KARAT_VERSION_NUMBER, which is the version of the header
 * you compiled with. A library of the same SONAME and an equal or higher number serves you.
 */
KARAT_API uint32_t karat_version(void);

/* A few English words for a status; never NULL, static, also for numbers this version does not know. */
KARAT_API const char *karat_status_text(karat_status status);

/*
 * Load the model file `path` (a path of your system; UTF-8 on Windows) and replay the probe rows in it.
 *
 *     out     receives the scorer; it is yours: give it to karat_scorer_free once. NULL on failure.
 *     errbuf  receives a message for people, cut to errlen bytes with its NUL; "" on success. May be
 *             NULL. 512 bytes hold every message but those that quote long paths.
 *
 * KARAT_STATUS_IO, _FORMAT, _UNSUPPORTED and _NUMERICS say what is wrong with the file. Loading takes
 * microseconds to milliseconds, so do it at start-up and share the scorer between your threads.
 */
KARAT_API
karat_status karat_scorer_open(const char *path,
                               struct karat_scorer **out,
                               char *errbuf,
                               size_t errlen);

/* The same from the `len` bytes of a model file at `data`, which may be freed afterwards. */
KARAT_API
karat_status karat_scorer_load(const void *data,
                               size_t len,
                               struct karat_scorer **out,
                               char *errbuf,
                               size_t errlen);

/* Free a scorer and every string it lent. No other thread may still use it. NULL is ignored. */
KARAT_API void karat_scorer_free(struct karat_scorer *scorer);

/*
 * Position of the field `name` in a row. Resolve every column once, at start-up, by name: column orders
 * change. KARAT_STATUS_SCHEMA if the model has no such field.
 */
KARAT_API
karat_status karat_scorer_field_index(const struct karat_scorer *scorer,
                                      const char *name,
                                      size_t *out);

/*
 * The number that stands for the category `label` in a row, for the categorical field at position
 * `field`. KARAT_STATUS_SCHEMA if the model does not know the label: put -1.0 into the row, which scores
 * it as missing and sets KARAT_FLAG_UNSEEN. KARAT_STATUS_INVALID_ARGUMENT if the field is numeric or the
 * model has no such position; asking for "" thus tells categorical fields from numeric ones.
 */
KARAT_API
karat_status karat_scorer_category(const struct karat_scorer *scorer,
                                   size_t field,
                                   const char *label,
                                   double *out);

/*
 * Fingerprint of the names, units, kinds and order of the fields: equal fingerprints mean equal rows.
 * Compare it at start-up if your program was written for one layout. 0 if scorer is NULL.
 */
KARAT_API uint64_t karat_scorer_schema_id(const struct karat_scorer *scorer);

/*
 * SHA-256 that ends the model file, 64 hexadecimal digits: store it beside every score you keep. The string
 * lives as long as the scorer. NULL if scorer is NULL.
 */
KARAT_API const char *karat_scorer_model_id(const struct karat_scorer *scorer);

/*
 * How many there are of
 *
 *     'f' fields of a row      'i' indicators           'd' dimensions of the index
 *     'g' grades               't' types                's' segments
 *     'l' life-cycle stages    'a' actions              'r' rules
 *     'p' points of an explanation: the indicators, then the penalty rules
 *     'n' forecasts             'o' outputs of all forecasts, called forecast.output
 *
 * 0 for what the model does not have, for another letter, and if scorer is NULL.
 */
KARAT_API size_t karat_scorer_count(const struct karat_scorer *scorer, char what);

/*
 * Name of number `id` of them: karat_scorer_name(scorer, 'g', score.grade). The string lives as long as
 * the scorer. NULL beyond the count, so also for KARAT_NONE, and if scorer is NULL.
 */
KARAT_API
const char *karat_scorer_name(const struct karat_scorer *scorer,
                              char what,
                              uint32_t id);

/*
 * Score one row of `n` doubles in field order, NaN for missing.
 *
 *     n         karat_scorer_count(scorer, 'f'), or you get KARAT_STATUS_SHAPE
 *     out_size  sizeof *out: an older program gets the fields it knows, a newer one zeros in those
 *               this library does not know. Below 8, above 4096 or not a multiple of 8:
 *               KARAT_STATUS_INVALID_ARGUMENT.
 *
 * Never allocates, locks or waits. A customer without an index (KARAT_FLAG_REFUSED) is a result.
 */
KARAT_API
karat_status karat_scorer_score(const struct karat_scorer *scorer,
                                const double *row,
                                size_t n,
                                struct karat_score *out,
                                size_t out_size);

/*
 * Score `n_rows` rows of `n` doubles that start `stride` doubles apart, row i at rows + i * stride, with
 * the same bits as one by one. Record i is written at (char *)out + i * out_size: out_size is both the
 * size of a record, as above, and the distance between records.
 *
 *     n_rows  0 is a success that touches nothing; rows and out may then be NULL
 *     n       karat_scorer_count(scorer, 'f'), or you get KARAT_STATUS_SHAPE
 *     stride  at least n, or you get KARAT_STATUS_SHAPE
 *
 * rows and out must not overlap (KARAT_STATUS_INVALID_ARGUMENT). Several threads may each score their
 * share of one table. Never allocates, locks or waits, whatever the number of rows.
 */
KARAT_API
karat_status karat_scorer_score_rows(const struct karat_scorer *scorer,
                                     const double *rows,
                                     size_t n_rows,
                                     size_t n,
                                     size_t stride,
                                     struct karat_score *out,
                                     size_t out_size);

/*
 * What the index of one row is made of: what each indicator adds and each penalty rule takes, named by
 * karat_scorer_name(scorer, 'p', i). Added from the first to the last in a double, they are the index to
 * the last bit; where nodes of the tree are not arithmetic (section NODE), what the index has more than that
 * of the mean customer, but for rounding. All are NaN for a customer without an index (KARAT_FLAG_REFUSED).
 *
 *     n_points  karat_scorer_count(scorer, 'p'), or you get KARAT_STATUS_SHAPE
 *
 * Never allocates, locks or waits.
 */
KARAT_API
karat_status karat_scorer_explain(const struct karat_scorer *scorer,
                                  const double *row,
                                  size_t n,
                                  double *points,
                                  size_t n_points);

/*
 * The score of each dimension of the index for one row, on the scale of the index, named by
 * karat_scorer_name(scorer, 'd', i). NaN where every indicator of a dimension was left out as missing.
 *
 *     n_scores  karat_scorer_count(scorer, 'd'), or you get KARAT_STATUS_SHAPE
 *
 * Never allocates, locks or waits.
 */
KARAT_API
karat_status karat_scorer_dimensions(const struct karat_scorer *scorer,
                                     const double *row,
                                     size_t n,
                                     double *scores,
                                     size_t n_scores);

/*
 * Position of the output `name` of a forecast ("churn.yes", "lifetime.discounted_value"). Resolve outputs once, at
 * start-up, by name. KARAT_STATUS_SCHEMA if the model has no such output. karat_scorer_name(scorer, 'o', i) lists
 * them.
 */
KARAT_API
karat_status karat_scorer_output_index(const struct karat_scorer *scorer,
                                       const char *name,
                                       size_t *out);

/*
 * All outputs of the forecasts for one row: class probabilities of networks, values, lifetimes, stages (as the number
 * of karat_scorer_name(scorer, 'l', ...)). NaN where a forecast cannot be made of what is known of the customer.
 * Gates and a missing index change nothing here.
 *
 *     n          karat_scorer_count(scorer, 'f'), or you get KARAT_STATUS_SHAPE
 *     n_outputs  karat_scorer_count(scorer, 'o'), or you get KARAT_STATUS_SHAPE
 *
 * Never allocates, locks or waits.
 */
KARAT_API
karat_status karat_scorer_forecast(const struct karat_scorer *scorer,
                                   const double *row,
                                   size_t n,
                                   double *outputs,
                                   size_t n_outputs);

/*
 * The outputs of `n_rows` rows of `n` doubles that start `stride` doubles apart, with the same bits as one by one.
 * Outputs of row i are written at outputs + i * n_outputs.
 *
 *     n_rows     0 is a success that touches nothing; rows and outputs may then be NULL
 *     n          karat_scorer_count(scorer, 'f'), or you get KARAT_STATUS_SHAPE
 *     stride     at least n, or you get KARAT_STATUS_SHAPE
 *     n_outputs  karat_scorer_count(scorer, 'o'), or you get KARAT_STATUS_SHAPE
 *
 * rows and outputs must not overlap (KARAT_STATUS_INVALID_ARGUMENT). Several threads may each take their share of one
 * table. Never allocates, locks or waits, whatever the number of rows.
 */
KARAT_API
karat_status karat_scorer_forecast_rows(const struct karat_scorer *scorer,
                                        const double *rows,
                                        size_t n_rows,
                                        size_t n,
                                        size_t stride,
                                        double *outputs,
                                        size_t n_outputs);

#ifdef __cplusplus
}
#endif

#endif /* KARAT_H */
