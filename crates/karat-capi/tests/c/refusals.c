/* Every damaged model is refused with its status and message. Usage: refusals DIRECTORY
 * A line of DIRECTORY/index.txt is FILE, status and message with tabs between; in a message \\, \n and \t
 * stand for a backslash, a line end and a tab. */
#include "karat.h"
#include "check.h"

static const char *kind(karat_status status)
{
    switch (status) {
    case KARAT_STATUS_FORMAT: return "format";
    case KARAT_STATUS_UNSUPPORTED: return "unsupported";
    case KARAT_STATUS_NUMERICS: return "numerics";
    default: return karat_status_text(status);
    }
}

static void unescape(char *text)
{
    char *to = text;
    for (; *text; text++) {
        if (*text == '\\') {
            text++;
            CHECK(*text == '\\' || *text == 'n' || *text == 't');
            *to++ = (char)(*text == 'n' ? '\n' : *text == 't' ? '\t' : '\\');
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

int main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : "";
    char path[4096], why[2048], *index, *line, *wanted, *message;
    size_t size, refused = 0, wrong = 0;
    karat_scorer *scorer;
    karat_status status;

    CHECK(strlen(directory) < 2048);
    sprintf(path, "%s/index.txt", directory);
    index = read_whole(path, &size);
    index[size] = '\0';
    for (line = strtok(index, "\n"); line; line = strtok(NULL, "\n")) {
        wanted = strchr(line, '\t');
        CHECK(wanted != NULL && wanted - line < 1024);
        *wanted++ = '\0';
        message = strchr(wanted, '\t');
        CHECK(message != NULL);
        *message++ = '\0';
        unescape(message);
        sprintf(path, "%s/%s", directory, line);
        status = karat_scorer_open(path, &scorer, why, sizeof why);
        if (scorer || strcmp(kind(status), wanted) != 0 || strcmp(why, message) != 0) {
            fprintf(stderr, "%s: %s: %s\n  instead of %s: %s\n", line, kind(status), why, wanted, message);
            wrong++;
        }
        karat_scorer_free(scorer);
        refused++;
    }
    free(index);
    printf("%lu refusals\n", (unsigned long)refused);
    return wrong == 0 && refused > 0 ? 0 : 1;
}
