#include "daemon/key.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES 80 /* more than a key's digits: what is longer is none */

static bool digits_take(const char *text, uint8_t to[AVO_SETTING_KEY_BYTES]) {
    size_t length = 0;
    return sodium_hex2bin(to, AVO_SETTING_KEY_BYTES, text, strlen(text), NULL, &length, NULL) == 0 &&
           length == AVO_SETTING_KEY_BYTES && strlen(text) == 2 * AVO_SETTING_KEY_BYTES;
}

/* The first line of a file. False: errno says why, 0 that there is none. */
static bool line_read(const char *name, char line[LINE_BYTES]) {
    errno = 0;
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        return false;
    }
    bool read = fgets(line, LINE_BYTES, file) != NULL;
    int kept = errno;
    (void)fclose(file);
    errno = kept;
    if (read) {
        line[strcspn(line, "\n")] = '\0';
    }
    return read;
}

bool avo_setting_key_take(const char *given, bool may_be_file, uint8_t to[AVO_SETTING_KEY_BYTES],
                          char what[AVO_SETTING_WHAT_BYTES]) {
    char line[LINE_BYTES];
    if (digits_take(given, to)) {
        return true;
    }
    (void)snprintf(what, AVO_SETTING_WHAT_BYTES, "neither 64 hex digits nor a file that holds them: give one");
    if (!may_be_file) {
        return false;
    }
    if (line_read(given, line)) {
        return digits_take(line, to);
    }
    if (errno != 0) {
        (void)snprintf(what, AVO_SETTING_WHAT_BYTES, "not 64 hex digits, and as a file: %s: give one of them", strerror(errno));
    }
    return false;
}
