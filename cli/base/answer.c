#include "cli/base/answer.h"
#include "cli/base/cli.h"
#include "cli/base/streams.h"
#include <stdio.h>

#define TEXT_BYTES 1024

/* The one command that runs is to answer in JSON. */
static bool json_wanted;

void avo_cli_json_wanted(void) {
    json_wanted = true;
}

json_t *avo_cli_json_text(const char *text) {
    char copy[TEXT_BYTES];
    json_t *string = json_string(text);
    if (string == NULL) {
        (void)snprintf(copy, sizeof copy, "%s", text);
        for (char *at = copy; *at != '\0'; at++) {
            *at = (unsigned char)*at < 0x80 ? *at : '?';
        }
        string = json_string(copy);
    }
    return string;
}

void avo_cli_answer(json_t *answer, enum avo_error error, const char *message) {
    bool made =
        json_object_set_new(answer, "ok", json_boolean(error == AVO_OK && message == NULL)) == 0 &&
        ((error == AVO_OK && message != NULL) || json_object_set_new(answer, "error", json_string(avo_error_name(error))) == 0) &&
        (message == NULL || json_object_set_new(answer, "message", avo_cli_json_text(message)) == 0);
    if (!made) {
        json_decref(answer);
    }
    avo_cli_json(made ? answer : NULL);
}

void avo_cli_answer_failure(int code) {
    bool failed = code == AVO_EXIT_REFUSED || code == AVO_EXIT_UNKNOWN;
    if (json_wanted && failed && !avo_cli_streams_answered()) {
        avo_cli_json(json_pack("{s:b, s:o}", "ok", 0, "message", avo_cli_json_text(avo_cli_streams_said())));
    }
}
