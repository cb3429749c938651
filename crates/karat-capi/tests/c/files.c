/* Every wrong file gives its status and message. Usage: files MODEL DIRECTORY
 * DIRECTORY holds empty.karat, newer.karat (format 9) and other_bits.karat (a probe row that differs). */
#include "karat.h"
#include "check.h"

static char why[512];

static karat_status open_in(const char *directory, const char *name)
{
    char path[4096];
    karat_scorer *scorer = (karat_scorer *)(void *)why;
    karat_status status;
    CHECK(strlen(directory) + strlen(name) + 2 <= sizeof path);
    sprintf(path, "%s/%s", directory, name);
    memset(why, 'x', sizeof why);
    status = karat_scorer_open(path, &scorer, why, sizeof why);
    CHECK(scorer == NULL && strlen(why) > 10);
    return status;
}

static karat_status load(const char *bytes, size_t size)
{
    karat_scorer *scorer = (karat_scorer *)(void *)why;
    karat_status status;
    memset(why, 'x', sizeof why);
    status = karat_scorer_load(bytes, size, &scorer, why, sizeof why);
    CHECK((status == KARAT_STATUS_OK) == (scorer != NULL));
    CHECK((status == KARAT_STATUS_OK) == (why[0] == '\0'));
    karat_scorer_free(scorer);
    return status;
}

int main(int argc, char **argv)
{
    const char *directory = argc > 2 ? argv[2] : "";
    size_t size, at;
    char *bytes = read_whole(argc > 1 ? argv[1] : "", &size);
    char little[16];
    karat_scorer *scorer;

    EXPECT(OK, load(bytes, size));
    EXPECT(IO, open_in(directory, "no_such_file.karat"));
    CHECK(strstr(why, "no_such_file.karat: cannot read: "));
    EXPECT(IO, open_in(directory, ".")); /* a directory */
    EXPECT(FORMAT, open_in(directory, "empty.karat"));
    CHECK(strcmp(why, "not a usable karat model: the file is empty") == 0);
    EXPECT(UNSUPPORTED, open_in(directory, "newer.karat"));
    CHECK(strstr(why, "file format 9") && strstr(why, "use a newer karat"));
    EXPECT(NUMERICS, open_in(directory, "other_bits.karat"));

    EXPECT(FORMAT, load(bytes, 0));
    EXPECT(FORMAT, load("PK\3\4 is not ours", 15));
    CHECK(strstr(why, "does not begin like one"));
    for (at = 1; at < size; at += at < 64 ? 1 : size / 40) {
        EXPECT(FORMAT, load(bytes, at));
        CHECK(strstr(why, "cut"));
    }
    /* One flipped bit anywhere is noticed; behind the versions and lengths by the checksum. */
    for (at = 0; at < size; at += at < 24 ? 1 : size / 40) {
        bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
        if (at >= 8 && at < 12) {
            EXPECT(UNSUPPORTED, load(bytes, size));
        } else {
            EXPECT(FORMAT, load(bytes, size));
        }
        CHECK(at < 24 || strstr(why, "checksum"));
        bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
    }
    EXPECT(OK, load(bytes, size));

    /* A message that does not fit is cut and ends in NUL, with nothing written behind it. */
    memset(little, 'x', sizeof little);
    EXPECT(FORMAT, karat_scorer_load(bytes, 3, &scorer, little, 12));
    CHECK(strcmp(little, "not a usabl") == 0 && little[12] == 'x');
    EXPECT(FORMAT, karat_scorer_load(bytes, 3, &scorer, little, 1));
    CHECK(little[0] == '\0' && little[1] == 'o');

    free(bytes);
    return 0;
}
