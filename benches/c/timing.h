/* What the timing programs share: clocks, invented numbers, a file in memory, checked calls. */
#ifndef TIMING_H
#define TIMING_H

#include "karat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Sebastiano Vigna's SplitMix64: number `at` of a fixed sequence of bits. */
static inline uint64_t mixed(uint64_t at)
{
    uint64_t z = (at + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* From 0 to below 1, number `at` of a fixed sequence. */
static inline double uniform(uint64_t at)
{
    return (double)(mixed(at) >> 11) * 0x1p-53;
}

static inline void must(karat_status status, const char *what)
{
    if (status != KARAT_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", what, karat_status_text(status));
        exit(1);
    }
}

static inline karat_scorer *opened(const char *path)
{
    char why[512];
    karat_scorer *scorer = NULL;
    if (karat_scorer_open(path, &scorer, why, sizeof why) != KARAT_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", path, why);
        exit(1);
    }
    return scorer;
}

static inline void *memory(size_t bytes)
{
    void *found = malloc(bytes);
    if (!found) {
        fprintf(stderr, "no memory for %zu bytes\n", bytes);
        exit(1);
    }
    return found;
}

#endif
