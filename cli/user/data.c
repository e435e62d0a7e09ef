/* put, get, del. */
#include "cli/base/answer.h"
#include "cli/base/cli.h"
#include "cli/base/escape.h"
#include "client/io/client.h"
#include "client/io/hex.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RENEWAL_PATIENCE_US 250000 /* for the ticket's renewal, when the command itself is done */

/* A client for one command, and the key it is about. */
struct session {
    struct avo_common common;
    bool escape;
    struct avo_client *client;
    struct avo_slice key;
};

static bool decode(const char *what, const char *command, char *text, bool escape, struct avo_slice *bytes) {
    size_t length = strlen(text);
    if (escape && !avo_escape_decode((uint8_t *)text, &length)) {
        avo_cli_say("%s: the %s has an unknown escape; use \\t \\n \\\\ \\xHH, or leave out --escape", command, what);
        return false;
    }
    *bytes = avo_slice(text, length);
    return true;
}

/* Parses, opens: -1 to go on, else the exit code. */
static int session_open(struct session *session, const struct avo_usage *usage, int argc, char **argv) {
    struct avo_profile *profile;
    struct avo_why why;
    switch (avo_options_parse(usage, argc, argv, &session->common)) {
    case AVO_PARSED_HELP:
        return AVO_EXIT_DONE;
    case AVO_PARSED_WRONG:
        return AVO_EXIT_REFUSED;
    case AVO_PARSED_RUN:
        break;
    }
    if (!decode("key", usage->command, session->common.arguments[0], session->escape, &session->key) ||
        avo_cli_profile(&session->common, &profile) != AVO_OK) {
        return AVO_EXIT_REFUSED;
    }
    enum avo_error error = avo_client_open(profile, NULL, &session->client, &why);
    avo_cli_profile_free(profile);
    if (error != AVO_OK) {
        avo_cli_say("%s", why.text);
        return AVO_EXIT_REFUSED;
    }
    return -1;
}

static int session_end(struct session *session, enum avo_error error) {
    if (error != AVO_OK && error != AVO_ENOTFOUND) {
        avo_cli_say("%s", avo_detail(session->client));
    }
    avo_client_renewal_finish(session->client, RENEWAL_PATIENCE_US);
    avo_close(session->client);
    return avo_cli_exit(error);
}

/* NULL: nothing went wrong. */
static const char *message_of(const struct session *session, enum avo_error error) {
    return error == AVO_OK || error == AVO_ENOTFOUND ? NULL : avo_detail(session->client);
}

static void say_ok(const struct session *session, enum avo_error error) {
    if (session->common.json) {
        avo_cli_answer(json_object(), error, message_of(session, error));
    }
}

/* Standard input to its end, or AVO_VALUE_MAX_BYTES + 1 bytes of it; the caller frees. */
static uint8_t *read_input(struct avo_slice *value) {
    uint8_t *bytes = avo_cli_allocate(NULL, AVO_VALUE_MAX_BYTES + 1);
    size_t length = fread(bytes, 1, AVO_VALUE_MAX_BYTES + 1, stdin);
    if (ferror(stdin) != 0) {
        avo_cli_say("put: cannot read standard input: %s; give the value as an argument", strerror(errno));
        free(bytes);
        return NULL;
    }
    *value = avo_slice(bytes, length);
    return bytes;
}

int avo_cli_put(int argc, char **argv) {
    struct session session = {0};
    const struct avo_option options[] = {
        {"escape", AVO_OPTION_FLAG, &session.escape, NULL, 0, 0, "KEY and VALUE use \\t \\n \\\\ \\xHH"}};
    const struct avo_usage usage = {"put",   "KEY VALUE|-",      "Stores VALUE, or what standard input holds, under KEY.",
                                    options, AVO_COUNT(options), 2,
                                    2,       AVO_TAKES_CLIENT,   NULL};
    int code = session_open(&session, &usage, argc, argv);
    if (code >= 0) {
        return code;
    }
    struct avo_slice value = AVO_SLICE_EMPTY;
    uint8_t *input = NULL;
    bool from_input = strcmp(session.common.arguments[1], "-") == 0;
    bool good = from_input ? (input = read_input(&value)) != NULL
                           : decode("value", "put", session.common.arguments[1], session.escape, &value);
    if (!good) {
        avo_close(session.client);
        return AVO_EXIT_REFUSED;
    }
    enum avo_error error = avo_put(session.client, session.key.data, session.key.length, value.data, value.length,
                                   avo_cli_timeout_ms(&session.common));
    say_ok(&session, error);
    free(input);
    return session_end(&session, error);
}

static void say_value(const struct session *session, enum avo_error error, struct avo_slice value) {
    if (error != AVO_OK && error != AVO_ENOTFOUND) {
        say_ok(session, error);
        return;
    }
    char *hex = avo_cli_allocate(NULL, 2 * value.length + 1);
    json_t *root = json_pack("{s:b, s:b}", "ok", 1, "found", error == AVO_OK);
    if (error == AVO_OK) {
        avo_hex_write(hex, value);
        (void)json_object_set_new(root, "value_hex", json_string(hex));
        json_t *text = json_stringn((const char *)value.data, value.length); /* NULL unless UTF-8 */
        (void)json_object_set_new(root, "value", text != NULL ? text : json_null());
    }
    free(hex);
    avo_cli_json(root);
}

int avo_cli_get(int argc, char **argv) {
    struct session session = {0};
    const struct avo_option options[] = {{"escape", AVO_OPTION_FLAG, &session.escape, NULL, 0, 0, "KEY uses \\t \\n \\\\ \\xHH"}};
    const struct avo_usage usage = {"get",
                                    "KEY",
                                    "Writes the value of KEY to standard output, byte for byte. Exit code 1: there is none.",
                                    options,
                                    AVO_COUNT(options),
                                    1,
                                    1,
                                    AVO_TAKES_CLIENT,
                                    NULL};
    int code = session_open(&session, &usage, argc, argv);
    if (code >= 0) {
        return code;
    }
    struct avo_slice value;
    enum avo_error error = avo_client_get(session.client, session.key, avo_cli_timeout_ms(&session.common), &value);
    if (session.common.json) {
        say_value(&session, error, value);
    } else if (fwrite(value.data, 1, value.length, stdout) != value.length || fflush(stdout) != 0) {
        avo_cli_say("get: cannot write the value: %s; check where standard output goes", strerror(errno));
        avo_close(session.client);
        return AVO_EXIT_REFUSED;
    }
    return session_end(&session, error);
}

int avo_cli_del(int argc, char **argv) {
    struct session session = {0};
    const struct avo_option options[] = {{"escape", AVO_OPTION_FLAG, &session.escape, NULL, 0, 0, "KEY uses \\t \\n \\\\ \\xHH"}};
    const struct avo_usage usage = {
        "del", "KEY", "Deletes KEY, whether it is there or not.", options, AVO_COUNT(options), 1, 1, AVO_TAKES_CLIENT, NULL};
    int code = session_open(&session, &usage, argc, argv);
    if (code >= 0) {
        return code;
    }
    enum avo_error error = avo_delete(session.client, session.key.data, session.key.length, avo_cli_timeout_ms(&session.common));
    say_ok(&session, error);
    return session_end(&session, error);
}
