#include "cli/torture/check.h"
#include "cli/base/answer.h"
#include "cli/base/cli.h"
#include "cli/torture/history_read.h"
#include <inttypes.h>
#include <stdio.h>

#define SHOWN_BYTES 64

/* A key as it may be shown: its beginning. */
static int shown(struct avo_slice bytes) {
    return bytes.length < SHOWN_BYTES ? (int)bytes.length : SHOWN_BYTES;
}

static void broken_say(struct avo_torture_verdict *verdict, const struct avo_history *history, const char *name) {
    const struct avo_history_entry *entry = &history->entries[verdict->report.entry];
    struct avo_slice key = avo_name_bytes(&history->keys, entry->key);
    struct avo_slice out = avo_name_bytes(&history->values, entry->out);
    bool tells = entry->kind == AVO_HISTORY_GET || entry->kind == AVO_HISTORY_INCR;
    avo_why_set(&verdict->why, "%s: line %" PRIu32 ": the %s of key %.*s by client %" PRIu32 "%s%.*s has no place in any order",
                name, verdict->report.entry + 1, avo_history_kind_name(entry->kind), shown(key), (const char *)key.data,
                entry->client,
                !tells                          ? ""
                : entry->out == AVO_NAME_ABSENT ? ", which found nothing,"
                                                : ", which answered ",
                tells ? shown(out) : 0, out.data != NULL ? (const char *)out.data : "");
}

static void undecided_say(struct avo_torture_verdict *verdict, const struct avo_history *history, const char *name) {
    struct avo_slice key = avo_name_bytes(&history->keys, verdict->report.key);
    avo_why_set(
        &verdict->why,
        "%s: key %.*s: too much of unknown outcome, or at one time, to be decided; take fewer clients, more keys or less time",
        name, shown(key), (const char *)key.data);
}

struct avo_torture_verdict avo_torture_judge(struct avo_history *history, const char *name) {
    struct avo_torture_verdict verdict = {.code = AVO_TORTURE_UNDECIDED, .word = "empty"};
    for (uint32_t i = 0; i < history->count; i++) {
        verdict.unknown += history->entries[i].outcome == AVO_HISTORY_UNKNOWN;
        verdict.failed += history->entries[i].outcome == AVO_HISTORY_NONE;
    }
    if (history->count == verdict.unknown + verdict.failed) {
        avo_why_set(&verdict.why, "%s: has no operation that ended, so it says nothing; check a longer history", name);
        return verdict;
    }
    verdict.report = avo_linear_check(history);
    switch (verdict.report.verdict) {
    case AVO_LINEAR_YES:
        verdict.code = AVO_TORTURE_HELD;
        verdict.word = "linearizable";
        break;
    case AVO_LINEAR_NO:
        verdict.code = AVO_TORTURE_BROKEN;
        verdict.word = "not linearizable";
        broken_say(&verdict, history, name);
        break;
    case AVO_LINEAR_UNDECIDED:
        verdict.word = "undecided";
        undecided_say(&verdict, history, name);
        break;
    }
    return verdict;
}

static void answer(const struct avo_torture_verdict *verdict, const struct avo_history *history) {
    bool broken = verdict->code == AVO_TORTURE_BROKEN;
    json_t *root = json_pack("{s:b, s:s, s:I, s:I, s:I, s:I}", "ok", verdict->code == AVO_TORTURE_HELD, "verdict", verdict->word,
                             "ops", (json_int_t)history->count, "keys", (json_int_t)history->keys.count, "unknown",
                             (json_int_t)verdict->unknown, "failed", (json_int_t)verdict->failed);
    if (root != NULL && broken) {
        (void)json_object_set_new(root, "line", json_integer((json_int_t)verdict->report.entry + 1));
    }
    if (root != NULL && verdict->code != AVO_TORTURE_HELD) {
        (void)json_object_set_new(root, "message", avo_cli_json_text(verdict->why.text));
    }
    avo_cli_json(root);
}

static int conclude(struct avo_history *history, const char *path, bool json) {
    struct avo_torture_verdict verdict = avo_torture_judge(history, path);
    if (json) {
        answer(&verdict, history);
    } else if (verdict.code == AVO_TORTURE_HELD) {
        printf("linearizable: %" PRIu32 " operations on %" PRIu32 " keys, %" PRIu32 " of unknown outcome, %" PRIu32
               " without effect\n",
               history->count, history->keys.count, verdict.unknown, verdict.failed);
    }
    if (verdict.code != AVO_TORTURE_HELD) {
        avo_cli_say("torture: %s: %s", verdict.word, verdict.why.text);
    }
    return (int)verdict.code;
}

int avo_torture_check(const char *path, bool json) {
    struct avo_history history = {0};
    struct avo_why why;
    int code = AVO_TORTURE_UNDECIDED;
    if (avo_history_read(&history, path, &why)) {
        code = conclude(&history, path, json);
    } else {
        avo_cli_say("torture: %s", why.text);
    }
    avo_history_destroy(&history);
    return code;
}
