/* A panic becomes a status, and the scorer remains usable. Needs the feature test-hooks.
 * Usage: panic MODEL */
#include "karat.h"
#include "check.h"

karat_status karat_test_panic(void);

int main(int argc, char **argv)
{
    karat_scorer *scorer = open_model(argc > 1 ? argv[1] : "");
    size_t n = karat_scorer_count(scorer, 'f'), i;
    double row[64];
    karat_score before, after;

    for (i = 0; i < n && i < 64; i++) row[i] = 1.0;
    EXPECT(OK, karat_scorer_score(scorer, row, n, &before, sizeof before));
    for (i = 0; i < 3; i++) EXPECT(PANIC, karat_test_panic());
    EXPECT(OK, karat_scorer_score(scorer, row, n, &after, sizeof after));
    CHECK(same_bits(&before, &after, sizeof before));
    CHECK(strcmp(karat_status_text(KARAT_STATUS_PANIC), "defect inside karat") == 0);
    karat_scorer_free(scorer);
    return 0;
}
