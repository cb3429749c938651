/* What the C tests share: a check that says where it failed, and the file in memory. */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)

/* A call that must give a status, by its short name: EXPECT(SHAPE, karat_scorer_score(...)). */
#define EXPECT(name, call) expect(KARAT_STATUS_##name, (call), #call, __FILE__, __LINE__)

static void check(int holds, const char *condition, const char *file, int line)
{
    if (!holds) {
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
        exit(1);
    }
}

static inline void expect(karat_status wanted, karat_status got, const char *call, const char *file, int line)
{
    if (wanted != got) {
        fprintf(stderr, "%s:%d: status %d (%s) instead of %d from %s\n", file, line, (int)got,
                karat_status_text(got), (int)wanted, call);
        exit(1);
    }
}

static inline int same_bits(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size) == 0;
}

static inline char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes;
    long length;
    if (!file) {
        perror(path);
        exit(1);
    }
    CHECK(fseek(file, 0, SEEK_END) == 0);
    length = ftell(file);
    CHECK(length >= 0 && fseek(file, 0, SEEK_SET) == 0);
    bytes = malloc((size_t)length + 1);
    CHECK(bytes && fread(bytes, 1, (size_t)length, file) == (size_t)length);
    fclose(file);
    *size = (size_t)length;
    return bytes;
}

static inline karat_scorer *open_model(const char *path)
{
    char why[512] = "unset";
    karat_scorer *scorer = NULL;
    if (karat_scorer_open(path, &scorer, why, sizeof why) != KARAT_STATUS_OK || !scorer) {
        fprintf(stderr, "%s: %s\n", path, why);
        exit(1);
    }
    CHECK(why[0] == '\0');
    return scorer;
}

static inline size_t field(const karat_scorer *scorer, const char *name)
{
    size_t position = (size_t)-1;
    EXPECT(OK, karat_scorer_field_index(scorer, name, &position));
    CHECK(position < karat_scorer_count(scorer, 'f'));
    return position;
}

#endif
