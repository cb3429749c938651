/* Prints the layout and the constants as C sees them; the Rust test compares them with its own. */
#include "karat.h"

#include <stdio.h>

#define FIELD(name) printf(#name " %lu %lu\n", (unsigned long)offsetof(karat_score, name), \
                           (unsigned long)sizeof(((karat_score *)0)->name))
#define CONSTANT(name) printf(#name " %lu\n", (unsigned long)(name))

typedef char status_has_32_bits[sizeof(karat_status) == 4 && (karat_status)-1 < 0 ? 1 : -1];
typedef char record_has_64_bytes[sizeof(karat_score) == 64 ? 1 : -1];

int main(void)
{
    FIELD(index);
    FIELD(forecast);
    FIELD(churn);
    FIELD(clv);
    FIELD(margin);
    FIELD(coverage);
    FIELD(grade);
    FIELD(type);
    FIELD(segment);
    FIELD(stage);
    FIELD(action);
    FIELD(rule);
    FIELD(flags);
    CONSTANT(KARAT_NONE);
    CONSTANT(KARAT_FLAG_IMPUTED);
    CONSTANT(KARAT_FLAG_CLAMPED);
    CONSTANT(KARAT_FLAG_CAPPED);
    CONSTANT(KARAT_FLAG_INELIGIBLE);
    CONSTANT(KARAT_FLAG_REFUSED);
    CONSTANT(KARAT_FLAG_UNSEEN);
    CONSTANT(KARAT_FLAG_KEPT);
    CONSTANT(KARAT_FLAG_PENALISED);
    CONSTANT(KARAT_STATUS_INVALID_ARGUMENT);
    CONSTANT(KARAT_STATUS_SHAPE);
    CONSTANT(KARAT_STATUS_SCHEMA);
    CONSTANT(KARAT_STATUS_IO);
    CONSTANT(KARAT_STATUS_FORMAT);
    CONSTANT(KARAT_STATUS_UNSUPPORTED);
    CONSTANT(KARAT_STATUS_NUMERICS);
    CONSTANT(KARAT_VERSION_MAJOR);
    CONSTANT(KARAT_VERSION_MINOR);
    CONSTANT(KARAT_VERSION_PATCH);
    CONSTANT(KARAT_VERSION_NUMBER);
    printf("karat_version %lu\n", (unsigned long)karat_version());
    return 0;
}
