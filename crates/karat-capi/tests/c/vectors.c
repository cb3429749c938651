/* Conformance vectors: every model scores its rows to the expected bits, one by one, in a batch and taken
 * apart into points. Usage: vectors DIRECTORY
 * DIRECTORY/index.txt names one vector a line; NAME.karat is its model, NAME.rows its rows (u64 rows, u64
 * fields, then doubles row by row), NAME.scores the records of 64 bytes, NAME.points the points. All
 * numbers are little-endian. */
#include "karat.h"
#include "check.h"

static char *read_part(const char *directory, const char *name, const char *suffix, size_t *size)
{
    char path[4096];
    CHECK(strlen(directory) + strlen(name) + strlen(suffix) + 2 <= sizeof path);
    sprintf(path, "%s/%s%s", directory, name, suffix);
    return read_whole(path, size);
}

static uint64_t little_endian(const char *bytes, int count)
{
    uint64_t value = 0;
    while (count-- > 0) value = value << 8 | (unsigned char)bytes[count];
    return value;
}

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static int agrees(const karat_score *score, const char *record)
{
    const double numbers[] = {score->index, score->forecast, score->churn,
                              score->clv,   score->margin,   score->coverage};
    const uint16_t classes[] = {score->grade, score->type,   score->segment,
                                score->stage, score->action, score->rule};
    int i, same = score->flags == little_endian(record + 60, 4);
    for (i = 0; i < 6; i++) {
        same &= bits_of(numbers[i]) == little_endian(record + 8 * i, 8);
        same &= classes[i] == little_endian(record + 48 + 2 * i, 2);
    }
    return same;
}

static void complain(const char *name, const char *what, size_t row)
{
    fprintf(stderr, "vector %s, row %lu: other bits %s\n", name, (unsigned long)row, what);
    exit(1);
}

static size_t replay(const char *directory, const char *name)
{
    size_t size, n_rows, n, n_points, n_outputs, i, j;
    char path[4096];
    char *rows = read_part(directory, name, ".rows", &size), *scores, *points, *expected = NULL;
    double *table, *parts, *outputs;
    karat_score *batch, score;
    karat_scorer *scorer;

    CHECK(size >= 16);
    n_rows = (size_t)little_endian(rows, 8);
    n = (size_t)little_endian(rows + 8, 8);
    CHECK(n_rows > 0 && n > 0 && n_rows < size && n < size && size == 16 + 8 * n_rows * n);
    sprintf(path, "%s/%s.karat", directory, name);
    scorer = open_model(path);
    CHECK(karat_scorer_count(scorer, 'f') == n);
    n_points = karat_scorer_count(scorer, 'p');
    scores = read_part(directory, name, ".scores", &size);
    CHECK(size == 64 * n_rows);
    points = read_part(directory, name, ".points", &size);
    CHECK(size == 8 * n_points * n_rows);
    n_outputs = karat_scorer_count(scorer, 'o');
    if (n_outputs > 0) {
        expected = read_part(directory, name, ".outputs", &size);
        CHECK(size == 8 * n_outputs * n_rows);
    }

    table = malloc(n_rows * n * sizeof *table);
    parts = malloc((n_points + n_outputs + 1) * sizeof *parts);
    outputs = malloc((n_rows * n_outputs + 1) * sizeof *outputs);
    batch = malloc(n_rows * sizeof *batch);
    CHECK(table && parts && outputs && batch);
    for (i = 0; i < n_rows * n; i++) {
        uint64_t bits = little_endian(rows + 16 + 8 * i, 8);
        memcpy(&table[i], &bits, sizeof bits);
    }
    EXPECT(OK, karat_scorer_score_rows(scorer, table, n_rows, n, n, batch, sizeof *batch));
    for (i = 0; i < n_rows; i++) {
        EXPECT(OK, karat_scorer_score(scorer, table + i * n, n, &score, sizeof score));
        if (!agrees(&score, scores + 64 * i)) complain(name, "alone", i);
        if (!agrees(&batch[i], scores + 64 * i)) complain(name, "in a batch", i);
        EXPECT(OK, karat_scorer_explain(scorer, table + i * n, n, parts, n_points));
        for (j = 0; j < n_points; j++)
            if (bits_of(parts[j]) != little_endian(points + 8 * (i * n_points + j), 8))
                complain(name, "in its points", i);
    }
    EXPECT(OK, karat_scorer_forecast_rows(scorer, table, n_rows, n, n, outputs, n_outputs));
    for (i = 0; i < n_rows && n_outputs > 0; i++) {
        EXPECT(OK, karat_scorer_forecast(scorer, table + i * n, n, parts, n_outputs));
        for (j = 0; j < n_outputs; j++) {
            uint64_t bits = little_endian(expected + 8 * (i * n_outputs + j), 8);
            if (bits_of(parts[j]) != bits) complain(name, "in its forecasts", i);
            if (bits_of(outputs[i * n_outputs + j]) != bits) complain(name, "in its forecasts of a batch", i);
        }
    }
    free(outputs);
    free(expected);
    free(batch);
    free(parts);
    free(table);
    free(points);
    free(scores);
    free(rows);
    karat_scorer_free(scorer);
    return n_rows;
}

int main(int argc, char **argv)
{
    size_t size, vectors = 0, n_rows = 0;
    const char *directory = argc > 1 ? argv[1] : "";
    char *index = read_part(directory, "index", ".txt", &size), *name;
    index[size] = '\0';
    for (name = strtok(index, "\r\n"); name; name = strtok(NULL, "\r\n")) {
        n_rows += replay(directory, name);
        vectors++;
    }
    free(index);
    printf("%lu vectors, %lu rows\n", (unsigned long)vectors, (unsigned long)n_rows);
    return vectors > 0 ? 0 : 1;
}
