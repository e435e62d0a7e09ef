/* What a torture found: counts, and the verdict on the history and on what else must hold. */
#include "cli/base/answer.h"
#include "cli/base/cli.h"
#include "cli/torture/torture.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OPS_LEAST 50 /* that ended: with fewer a run says too little */

struct counts {
    uint64_t kinds[AVO_HISTORY_INCR + 1];
};

static struct counts count(const struct avo_history *history) {
    struct counts counts = {{0}};
    for (uint32_t i = 0; i < history->count; i++) {
        counts.kinds[history->entries[i].kind]++;
    }
    return counts;
}

/* Whether so little happened that "linearizable" would say nothing. */
static bool is_vacuous(const struct avo_torture *torture, struct avo_why *why) {
    const struct avo_torture_verdict *verdict = &torture->verdict;
    uint32_t ended = torture->recorder.history.count - verdict->unknown - verdict->failed;
    if (ended < OPS_LEAST + torture->settings.keys) {
        avo_why_set(why, "only %" PRIu32 " operations ended, so the run says nothing; run it longer, or see `avocado status`",
                    ended);
        return true;
    }
    for (enum avo_fault_kind kind = AVO_FAULT_STOP; kind < AVO_FAULT_KINDS; kind++) {
        if ((torture->settings.kinds >> kind & 1) != 0 && torture->nemesis.hit[kind] == 0) {
            avo_why_set(why,
                        "no fault of kind %s hit anything, so the run says nothing of it; run it longer, or take --every shorter",
                        avo_fault_name(kind));
            return true;
        }
    }
    return false;
}

/* The history first, then what it cannot show. */
static void judge(struct avo_torture *torture) {
    struct avo_why why = {""};
    const char *history = torture->settings.history;
    struct avo_torture_verdict *verdict = &torture->verdict;
    *verdict = avo_torture_judge(&torture->recorder.history, history != NULL ? history : "the history");
    bool kept = avo_watch_end(&torture->watch, &why);
    if (verdict->code == AVO_TORTURE_HELD && (torture->broken.text[0] != '\0' || !kept)) {
        verdict->code = AVO_TORTURE_BROKEN;
        verdict->word = "linearizable, but";
        verdict->why = torture->broken.text[0] != '\0' ? torture->broken : why;
    }
    if (verdict->code == AVO_TORTURE_HELD && is_vacuous(torture, &why)) {
        verdict->code = AVO_TORTURE_UNDECIDED;
        verdict->word = "vacuous";
        verdict->why = why;
    }
    if (verdict->code == AVO_TORTURE_HELD && !avo_recorder_flush(&torture->recorder)) {
        verdict->code = AVO_TORTURE_UNDECIDED;
        verdict->word = "linearizable, but the history is not kept";
        avo_why_set(&verdict->why, "--history %s: %s; free some disk or name another file", history, strerror(errno));
    }
}

static void print(const struct avo_torture *torture, const struct counts *counts) {
    const struct avo_history *history = &torture->recorder.history;
    printf("operations   %" PRIu32 " in %.1f s by %" PRIu64 " clients on %" PRIu64 " keys: %" PRIu64 " gets, %" PRIu64
           " puts, %" PRIu64 " deletes\n",
           history->count, torture->ran_s, torture->settings.clients, torture->settings.keys, counts->kinds[AVO_HISTORY_GET],
           counts->kinds[AVO_HISTORY_PUT], counts->kinds[AVO_HISTORY_DELETE]);
    printf("outcomes     %" PRIu32 " unknown, %" PRIu32 " failed without effect\n", torture->verdict.unknown,
           torture->verdict.failed);
    printf("faults       %s", torture->settings.kinds == 0 ? "none" : "");
    const char *between = "";
    for (enum avo_fault_kind kind = AVO_FAULT_STOP; kind < AVO_FAULT_KINDS; kind++) {
        if ((torture->settings.kinds >> kind & 1) != 0) {
            printf("%s%s %" PRIu64, between, avo_fault_name(kind), torture->nemesis.hit[kind]);
            between = ", ";
        }
    }
    printf("\n");
    if (torture->watch.dir != NULL) {
        printf("processes    %u before, %u after\n", torture->watch.processes_before, torture->watch.processes_after);
        for (unsigned i = 0; i < torture->watch.view->member_count; i++) {
            const struct avo_watch_node *node = &torture->watch.nodes[i];
            printf("memory       node %u: %" PRIu64 " KiB, then %" PRIu64 " KiB\n", (unsigned)torture->watch.view->members[i].slot,
                   node->first_bytes / 1024, node->last_bytes / 1024);
        }
    }
    if (torture->verdict.code == AVO_TORTURE_HELD) {
        printf("linearizable\n");
    }
}

static json_t *number(uint64_t value) {
    return json_integer((json_int_t)value);
}

static json_t *faults_json(const struct avo_torture *torture) {
    json_t *faults = json_object();
    for (enum avo_fault_kind kind = AVO_FAULT_STOP; kind < AVO_FAULT_KINDS; kind++) {
        if ((torture->settings.kinds >> kind & 1) != 0) {
            (void)json_object_set_new(faults, avo_fault_name(kind), number(torture->nemesis.hit[kind]));
        }
    }
    return faults;
}

static json_t *nodes_json(const struct avo_torture *torture) {
    json_t *nodes = json_array();
    for (unsigned i = 0; torture->watch.dir != NULL && i < torture->watch.view->member_count; i++) {
        const struct avo_watch_node *node = &torture->watch.nodes[i];
        (void)json_array_append_new(nodes, json_pack("{s:i, s:I, s:I}", "slot", (int)torture->watch.view->members[i].slot,
                                                     "resident_first_bytes", (json_int_t)node->first_bytes, "resident_last_bytes",
                                                     (json_int_t)node->last_bytes));
    }
    return nodes;
}

static void answer(const struct avo_torture *torture, const struct counts *counts) {
    const struct avo_torture_verdict *verdict = &torture->verdict;
    json_t *root = json_pack(
        "{s:b, s:s, s:o, s:f, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "ok", verdict->code == AVO_TORTURE_HELD, "verdict",
        verdict->word, "seed", number(torture->settings.seed), "seconds", torture->ran_s, "interrupted", torture->interrupted,
        "ops", number(torture->recorder.history.count), "gets", number(counts->kinds[AVO_HISTORY_GET]), "puts",
        number(counts->kinds[AVO_HISTORY_PUT]), "deletes", number(counts->kinds[AVO_HISTORY_DELETE]), "unknown",
        number(verdict->unknown), "failed", number(verdict->failed), "faults", faults_json(torture), "nodes", nodes_json(torture));
    if (root != NULL && torture->watch.dir != NULL) {
        (void)json_object_set_new(root, "processes_before", number(torture->watch.processes_before));
        (void)json_object_set_new(root, "processes_after", number(torture->watch.processes_after));
    }
    if (root != NULL && verdict->code != AVO_TORTURE_HELD) {
        (void)json_object_set_new(root, "message", avo_cli_json_text(verdict->why.text));
    }
    avo_cli_json(root);
}

int avo_torture_report(struct avo_torture *torture) {
    judge(torture);
    struct counts counts = count(&torture->recorder.history);
    if (torture->settings.json) {
        answer(torture, &counts);
    } else {
        print(torture, &counts);
    }
    if (torture->verdict.code != AVO_TORTURE_HELD) {
        avo_cli_say("torture: %s: %s", torture->verdict.word, torture->verdict.why.text);
    }
    return (int)torture->verdict.code;
}
