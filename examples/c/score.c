/* score.c - a billing program: score every customer of a CSV file with a karat model.
 *
 *     score MODEL CSV [--threads N] [--out FILE]
 *
 * The columns of the CSV may stand in any order and need not all be known to the model. A blank cell is
 * missing; a category that the model does not know is scored as missing and flagged. The program prints
 * how many customers fall into each grade and segment. FILE receives the records in the order of the
 * rows, 64 bytes each, little-endian: equal files mean equal scores, whoever computed them.
 *
 * Exit codes: 0 done, 2 wrong usage, 3 unusable model, 4 unusable CSV, 5 FILE not written, 6 no memory.
 *
 * The parts worth copying are resolve_columns(), cell_value() and score_share().
 */
#define _POSIX_C_SOURCE 200112L
#include <karat.h>

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DONE = 0, USAGE = 2, BAD_MODEL = 3, BAD_CSV = 4, NOT_WRITTEN = 5, NO_MEMORY = 6, MAX_THREADS = 256 };

/* One column of the model: where it stands in the CSV, and whether its cells are labels or numbers. */
typedef struct column {
    size_t field;
    int is_wanted;
    int is_category;
} column;

typedef struct table {
    double *rows;
    size_t n_rows;
    size_t n_fields;
} table;

/* ---- CSV: RFC 4180 with LF or CRLF, read in place ---------------------------------------------------- */

typedef struct reader {
    char *at;
    char *end; /* points to a NUL of ours */
    size_t line;
    int last; /* the cell just read ended its line */
} reader;

/* The next cell, unquoted in place and NUL-terminated; NULL if a quote is never closed. */
static char *next_cell(reader *csv)
{
    char *cell = csv->at, *from = csv->at, *to = csv->at;
    char separator;
    if (from < csv->end && *from == '"') {
        from++;
        for (;;) {
            if (from >= csv->end) return NULL;
            if (*from == '"' && from + 1 < csv->end && from[1] == '"') {
                from++; /* a doubled quote is one quote */
            } else if (*from == '"') {
                break;
            }
            if (*from == '\n') csv->line++;
            *to++ = *from++;
        }
        from++;
    }
    while (from < csv->end && *from != ',' && *from != '\n') *to++ = *from++;
    separator = from < csv->end ? *from : '\n';
    csv->at = from < csv->end ? from + 1 : csv->end;
    csv->last = separator == '\n';
    if (csv->last) {
        csv->line++;
        if (to > cell && to[-1] == '\r') to--;
    }
    *to = '\0';
    return cell;
}

static int is_blank(const char *text)
{
    return text[strspn(text, " \t")] == '\0';
}

/* The whole file with a NUL behind it; NULL with errno set. */
static char *read_file(const char *path, size_t *size)
{
    size_t room = 1 << 16, used = 0, got;
    char *bytes = NULL, *more;
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    for (;;) {
        if (!bytes || used + 1 == room) {
            room *= 2;
            more = realloc(bytes, room);
            if (!more) break;
            bytes = more;
        }
        got = fread(bytes + used, 1, room - used - 1, file);
        used += got;
        if (got == 0) {
            if (ferror(file)) break;
            fclose(file);
            bytes[used] = '\0';
            *size = used;
            return bytes;
        }
    }
    free(bytes);
    fclose(file);
    return NULL;
}

/* ---- From columns and cells to rows of the model ----------------------------------------------------- */

/* Reads the header line and finds every field of the model by name. Says all that is missing. */
static int resolve_columns(const karat_scorer *scorer, reader *csv, column **columns, size_t *n_columns)
{
    size_t n_fields = karat_scorer_count(scorer, 'f'), room = 0, i, f, lacking = 0;
    column *list = NULL, *more;
    double code;
    char *name;
    *columns = NULL;
    *n_columns = 0;
    if (csv->end - csv->at >= 3 && memcmp(csv->at, "\xEF\xBB\xBF", 3) == 0) csv->at += 3;
    do {
        if (*n_columns == room) {
            room = room ? 2 * room : 64;
            more = realloc(list, room * sizeof *list);
            if (!more) {
                free(list);
                return NO_MEMORY;
            }
            list = more;
        }
        name = next_cell(csv);
        if (!name) {
            fprintf(stderr, "score: a quote in the header is never closed\n");
            free(list);
            return BAD_CSV;
        }
        i = (*n_columns)++;
        list[i].is_wanted = karat_scorer_field_index(scorer, name, &list[i].field) == KARAT_STATUS_OK;
        list[i].is_category = list[i].is_wanted
            && karat_scorer_category(scorer, list[i].field, "", &code) != KARAT_STATUS_INVALID_ARGUMENT;
    } while (!csv->last);
    for (f = 0; f < n_fields; f++) {
        size_t found = 0;
        for (i = 0; i < *n_columns; i++) found += list[i].is_wanted && list[i].field == f;
        if (found != 1) {
            fprintf(stderr, "score: the CSV has %s column `%s`\n", found ? "more than one" : "no",
                    karat_scorer_name(scorer, 'f', (uint32_t)f));
            lacking++;
        }
    }
    if (lacking) {
        free(list);
        return BAD_CSV;
    }
    *columns = list;
    return DONE;
}

/* What a cell puts into the row: NaN when blank, the code of a category, or a number. */
static int cell_value(const karat_scorer *scorer, const column *of, const char *cell, double *value)
{
    char *rest;
    if (is_blank(cell)) {
        *value = NAN;
        return 1;
    }
    if (of->is_category) {
        if (karat_scorer_category(scorer, of->field, cell, value)) *value = -1.0; /* flagged as unseen */
        return 1;
    }
    *value = strtod(cell, &rest);
    return rest != cell && is_blank(rest);
}

static int read_rows(const karat_scorer *scorer, reader *csv, const column *columns, size_t n_columns,
                     table *out)
{
    size_t room = 0, i, line;
    double *row, *more;
    char *cell;
    while (csv->at < csv->end) {
        if (*csv->at == '\n' || (*csv->at == '\r' && csv->at[1] == '\n')) { /* an empty line */
            csv->at += *csv->at == '\r' ? 2 : 1;
            csv->line++;
            continue;
        }
        if (out->n_rows == room) {
            room = room ? 2 * room : 1024;
            more = realloc(out->rows, room * out->n_fields * sizeof *more);
            if (!more) return NO_MEMORY;
            out->rows = more;
        }
        row = out->rows + out->n_rows++ * out->n_fields;
        line = csv->line;
        csv->last = 0;
        for (i = 0; i < n_columns && !csv->last; i++) {
            cell = next_cell(csv);
            if (!cell) {
                fprintf(stderr, "score: line %lu: a quote is never closed\n", (unsigned long)line);
                return BAD_CSV;
            }
            if (columns[i].is_wanted && !cell_value(scorer, &columns[i], cell, row + columns[i].field)) {
                fprintf(stderr, "score: line %lu: column `%s` must be a number, got \"%s\"\n",
                        (unsigned long)line,
                        karat_scorer_name(scorer, 'f', (uint32_t)columns[i].field), cell);
                return BAD_CSV;
            }
        }
        if (i != n_columns || !csv->last) {
            fprintf(stderr, "score: line %lu: %s cells than the header\n", (unsigned long)line,
                    csv->last ? "fewer" : "more");
            return BAD_CSV;
        }
    }
    return DONE;
}

static int read_table(const karat_scorer *scorer, const char *path, table *out)
{
    size_t size, n_columns;
    column *columns;
    reader csv;
    int code;
    char *text = read_file(path, &size);
    if (!text) {
        fprintf(stderr, "score: %s: %s\n", path, strerror(errno));
        return BAD_CSV;
    }
    csv.at = text;
    csv.end = text + size;
    csv.line = 1;
    out->n_fields = karat_scorer_count(scorer, 'f');
    code = resolve_columns(scorer, &csv, &columns, &n_columns);
    if (code == DONE) {
        code = read_rows(scorer, &csv, columns, n_columns, out);
        free(columns);
    }
    free(text);
    return code;
}

/* ---- Scoring ----------------------------------------------------------------------------------------- */

typedef struct share {
    pthread_t thread;
    int started;
    const karat_scorer *scorer; /* one for all threads */
    const double *rows;
    size_t n_rows;
    size_t n_fields;
    karat_score *scores;
    karat_status status;
} share;

static void *score_share(void *argument)
{
    share *mine = argument;
    mine->status = karat_scorer_score_rows(mine->scorer, mine->rows, mine->n_rows, mine->n_fields,
                                           mine->n_fields, mine->scores, sizeof *mine->scores);
    return NULL;
}

/* Splits the rows between threads; each writes its own part of `scores`. */
static int score_table(const karat_scorer *scorer, const table *of, karat_score *scores, size_t n_threads)
{
    share shares[MAX_THREADS];
    size_t i, from, to;
    int code = DONE;
    for (i = 0; i < n_threads; i++) {
        from = of->n_rows / n_threads * i + of->n_rows % n_threads * i / n_threads;
        to = of->n_rows / n_threads * (i + 1) + of->n_rows % n_threads * (i + 1) / n_threads;
        shares[i].scorer = scorer;
        shares[i].rows = of->n_rows ? of->rows + from * of->n_fields : NULL;
        shares[i].n_rows = to - from;
        shares[i].n_fields = of->n_fields;
        shares[i].scores = scores + from;
        shares[i].started = pthread_create(&shares[i].thread, NULL, score_share, &shares[i]) == 0;
        if (!shares[i].started) score_share(&shares[i]); /* no thread to be had: do it here */
    }
    for (i = 0; i < n_threads; i++) {
        if (shares[i].started) pthread_join(shares[i].thread, NULL);
        if (shares[i].status != KARAT_STATUS_OK) {
            fprintf(stderr, "score: %s\n", karat_status_text(shares[i].status));
            code = BAD_MODEL;
        }
    }
    return code;
}

/* ---- Results ----------------------------------------------------------------------------------------- */

static void put_little_endian(unsigned char *to, uint64_t value, int bytes)
{
    int i;
    for (i = 0; i < bytes; i++) to[i] = (unsigned char)(value >> (8 * i));
}

static int write_records(const char *path, const karat_score *scores, size_t count)
{
    unsigned char record[64];
    FILE *file = fopen(path, "wb");
    size_t i, j;
    int failed = file == NULL;
    for (i = 0; i < count && !failed; i++) {
        const karat_score *s = &scores[i];
        const double numbers[] = {s->index, s->forecast, s->churn, s->clv, s->margin, s->coverage};
        const uint16_t classes[] = {s->grade, s->type, s->segment, s->stage, s->action, s->rule};
        uint64_t bits;
        for (j = 0; j < 6; j++) {
            memcpy(&bits, &numbers[j], sizeof bits);
            put_little_endian(record + 8 * j, bits, 8);
            put_little_endian(record + 48 + 2 * j, classes[j], 2);
        }
        put_little_endian(record + 60, s->flags, 4);
        failed = fwrite(record, sizeof record, 1, file) != 1;
    }
    if (file && fclose(file) != 0) failed = 1;
    if (failed) fprintf(stderr, "score: %s: %s\n", path, strerror(errno));
    return failed ? NOT_WRITTEN : DONE;
}

static void print_counts(const karat_scorer *scorer, const char *title, char what, const karat_score *scores,
                         size_t count)
{
    size_t classes = karat_scorer_count(scorer, what), c, i, found, none = 0;
    if (classes == 0) return;
    printf("%s\n", title);
    for (c = 0; c < classes; c++) {
        found = 0;
        for (i = 0; i < count; i++) found += (what == 'g' ? scores[i].grade : scores[i].segment) == c;
        printf("  %-24s %10lu\n", karat_scorer_name(scorer, what, (uint32_t)c), (unsigned long)found);
    }
    for (i = 0; i < count; i++) none += (what == 'g' ? scores[i].grade : scores[i].segment) == KARAT_NONE;
    if (none) printf("  %-24s %10lu\n", "(none)", (unsigned long)none);
}

/* ---- The program ------------------------------------------------------------------------------------- */

static int run(const char *model, const char *csv, size_t n_threads, const char *out)
{
    char why[512];
    table customers = {NULL, 0, 0};
    karat_score *scores = NULL;
    karat_scorer *scorer;
    int code;
    if (karat_scorer_open(model, &scorer, why, sizeof why) != KARAT_STATUS_OK) {
        fprintf(stderr, "score: %s: %s\n", model, why);
        return BAD_MODEL;
    }
    code = read_table(scorer, csv, &customers);
    if (code == DONE) {
        scores = malloc((customers.n_rows + 1) * sizeof *scores);
        code = scores ? score_table(scorer, &customers, scores, n_threads) : NO_MEMORY;
    }
    if (code == DONE && out) code = write_records(out, scores, customers.n_rows);
    if (code == DONE) {
        printf("%lu customers, model %.12s\n", (unsigned long)customers.n_rows, karat_scorer_model_id(scorer));
        print_counts(scorer, "grade", 'g', scores, customers.n_rows);
        print_counts(scorer, "segment", 's', scores, customers.n_rows);
        if (fflush(stdout) != 0) code = NOT_WRITTEN;
    }
    if (code == NO_MEMORY) fprintf(stderr, "score: not enough memory\n");
    free(scores);
    free(customers.rows);
    karat_scorer_free(scorer);
    return code;
}

int main(int argc, char **argv)
{
    const char *paths[2] = {NULL, NULL}, *out = NULL;
    long n_threads = 1;
    int i, n_paths = 0, wrong = 0;
    for (i = 1; i < argc && !wrong; i++) {
        char *rest;
        if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            n_threads = strtol(argv[++i], &rest, 10);
            wrong = *argv[i] == '\0' || *rest != '\0' || n_threads < 1 || n_threads > MAX_THREADS;
        } else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
            out = argv[++i];
        } else if (argv[i][0] != '-' && n_paths < 2) {
            paths[n_paths++] = argv[i];
        } else {
            wrong = 1;
        }
    }
    if (wrong || n_paths != 2) {
        fprintf(stderr, "usage: score MODEL CSV [--threads 1..%d] [--out FILE]\n", MAX_THREADS);
        return USAGE;
    }
    if (karat_version() < KARAT_VERSION_NUMBER)
        fprintf(stderr, "score: note: built for karat %d, running with %lu\n", KARAT_VERSION_NUMBER,
                (unsigned long)karat_version());
    return run(paths[0], paths[1], (size_t)n_threads, out);
}
