/* Score one customer: cc hello.c $(pkg-config --cflags --libs karat) -o hello; ./hello value.karat */
#include <karat.h>
#include <math.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char why[512];
    double row[64];
    size_t n, i, arpu, tenure;
    karat_scorer *scorer;
    karat_score score;

    if (argc < 2 || karat_scorer_open(argv[1], &scorer, why, sizeof why)) {
        fprintf(stderr, "hello: %s\n", argc < 2 ? "which model?" : why);
        return 1;
    }
    n = karat_scorer_count(scorer, 'f');
    for (i = 0; i < n && i < 64; i++) row[i] = NAN; /* unknown */
    if (n <= 64 && !karat_scorer_field_index(scorer, "arpu_3m", &arpu)
        && !karat_scorer_field_index(scorer, "tenure_months", &tenure)) {
        row[arpu] = 120.0;
        row[tenure] = 36.0;
        if (!karat_scorer_score(scorer, row, n, &score, sizeof score))
            printf("value index %.2f\n", score.index);
    }
    karat_scorer_free(scorer);
    return 0;
}
