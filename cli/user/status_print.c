/* What an enclave says of itself, and apart from it, under "untrusted", what only the host knows. */
#include "cli/base/process.h"
#include "cli/user/status.h"
#include "client/io/endpoint.h"
#include "client/io/hex.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define SGX_MEASUREMENT_BYTES 32

static const char *tee_name(enum avo_tee tee) {
    switch (tee) {
    case AVO_TEE_SGX:
        return "sgx";
    case AVO_TEE_TDX:
        return "tdx";
    case AVO_TEE_SNP:
        return "snp";
    case AVO_TEE_NONE:
        break;
    }
    return "?";
}

static const char *role_name(const struct avo_member *member, const struct avo_node_figures *node) {
    if (!node->serving) {
        return "down";
    }
    return member->role == AVO_ROLE_VOTING ? "voting" : "joining";
}

static const char *memory_name(uint64_t secret_memory) {
    static const char *const names[] = {"plain", "locked", "secret"};
    return secret_memory < AVO_COUNT(names) ? names[secret_memory] : "?";
}

static json_t *hex_json(struct avo_slice bytes) {
    char hex[2 * AVO_MEASUREMENT_BYTES + 1];
    avo_hex_write(hex, bytes);
    return json_string(hex);
}

static json_t *measurement_json(const struct avo_member *member) {
    size_t length = member->tee == AVO_TEE_SGX ? SGX_MEASUREMENT_BYTES : AVO_MEASUREMENT_BYTES;
    return hex_json(avo_slice(member->measurement, length));
}

/* The LAS that vouched for a member; null when it came with its vendor's evidence. */
static json_t *las_json(const struct avo_member *member) {
    return sodium_is_zero(member->las, sizeof member->las) == 1 ? json_null() : hex_json(AVO_SLICE_OF(member->las));
}

static json_t *pid_json(pid_t pid) {
    return pid == 0 ? json_null() : json_integer(pid);
}

/* Resident memory of a process as the host tells it; null when there is none. */
static json_t *resident_json(pid_t pid) {
    char path[64];
    unsigned long long total;
    unsigned long long pages = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = pid == 0 ? NULL : fopen(path, "re");
    bool good = file != NULL && fscanf(file, "%llu %llu", &total, &pages) == 2;
    if (file != NULL) {
        (void)fclose(file);
    }
    return good ? json_integer((json_int_t)(pages * 4096)) : json_null();
}

static void figures_add(json_t *root, const struct avo_node_figures *node) {
    const struct avo_figures *totals = &node->totals;
    for (size_t i = 0; i < AVO_FIGURE_COUNT; i++) {
        json_int_t value = (json_int_t)avo_figure_get(totals, &avo_figure_table[i]);
        (void)json_object_set_new(root, avo_figure_table[i].name, node->serving ? json_integer(value) : json_null());
    }
    (void)json_object_set_new(root, "secret_memory", node->serving ? json_string(memory_name(totals->secret_memory)) : json_null());
}

/* How far a joining node is with what the others hold; null: it is no longer pulling. */
static json_t *sync_json(const struct avo_node_figures *node) {
    const struct avo_figures *totals = &node->totals;
    if (!node->serving || totals->sync_total == 0) {
        return json_null();
    }
    return json_pack("{s:I, s:I, s:I}", "keys", (json_int_t)totals->sync_keys, "total", (json_int_t)totals->sync_total, "bytes",
                     (json_int_t)totals->sync_bytes);
}

static json_t *node_json(const struct avo_status *status, const struct avo_member *member, const struct avo_node_figures *node) {
    char address[AVO_ENDPOINT_TEXT_BYTES];
    pid_t host = status->local ? avo_program_pid(status->dir, AVO_PROGRAM_NODE, member->slot) : 0;
    pid_t enclave = status->local ? avo_program_pid(status->dir, AVO_PROGRAM_ENCLAVE, member->slot) : 0;
    avo_endpoint_write(address, &member->address);
    json_t *root = json_pack("{s:i, s:I, s:s, s:o, s:s, s:b, s:o, s:o, s:s}", "slot", member->slot, "incarnation",
                             (json_int_t)member->incarnation, "role", role_name(member, node), "measurement",
                             measurement_json(member), "tee", tee_name(member->tee), "simulated", member->simulated, "host_pid",
                             pid_json(host), "enclave_pid", pid_json(enclave), "address", address);
    (void)json_object_set_new(root, "las", las_json(member));
    (void)json_object_set_new(root, "wire_highest", json_integer(member->wire_highest));
    (void)json_object_set_new(root, "sync", sync_json(node));
    figures_add(root, node);
    (void)json_object_set_new(root, "untrusted",
                              json_pack("{s:o, s:o, s:o, s:o}", "host_pid", pid_json(host), "enclave_pid", pid_json(enclave),
                                        "host_resident_bytes", resident_json(host), "enclave_resident_bytes",
                                        resident_json(enclave)));
    return root;
}

/* What the host says of the services beside the nodes. */
static json_t *services_json(const struct avo_status *status) {
    pid_t cas = status->local ? avo_program_pid(status->dir, AVO_PROGRAM_CAS, 0) : 0;
    pid_t las = status->local ? avo_program_pid(status->dir, AVO_PROGRAM_LAS, 0) : 0;
    return json_pack("{s:o, s:o}", "cas_pid", pid_json(cas), "las_pid", pid_json(las));
}

static void print_json(const struct avo_status *status, const char *state) {
    const struct avo_view *view = &status->profile->view;
    uint8_t hash[AVO_HASH_BYTES];
    json_t *nodes = json_array();
    avo_view_hash(view, hash);
    for (uint8_t i = 0; i < view->member_count; i++) {
        (void)json_array_append_new(nodes, node_json(status, &view->members[i], &status->health.figures.nodes[i]));
    }
    avo_cli_json(json_pack("{s:o, s:I, s:o, s:I, s:i, s:i, s:i, s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "cluster_id",
                           hex_json(AVO_SLICE_OF(view->cluster_id)), "epoch", (json_int_t)view->epoch, "view_hash",
                           hex_json(AVO_SLICE_OF(hash)), "policy_version", (json_int_t)view->policy_version, "wire_version",
                           avo_view_wire(view), "quorum", avo_view_quorum(view), "slots", view->slot_count, "workers",
                           view->worker_count, "state", state, "mode", status->profile->mode, "transport",
                           status->profile->transport, "warnings", avo_warnings_json(&status->warnings), "ends",
                           avo_ends_json(&status->ends), "nodes", nodes, "untrusted", services_json(status)));
}

static void print_text(const struct avo_status *status, const char *state) {
    const struct avo_view *view = &status->profile->view;
    char id[2 * AVO_CLUSTER_ID_BYTES + 1];
    avo_hex_write(id, AVO_SLICE_OF(view->cluster_id));
    printf("cluster %s, epoch %u, quorum %u of %u: %s\n", id, view->epoch, avo_view_quorum(view), view->slot_count, state);
    if (strcmp(status->profile->mode, "inline") == 0) {
        printf("  INLINE: enclave and host of a node are one process, which isolates nothing by itself\n");
    }
    for (uint8_t i = 0; i < view->member_count; i++) {
        const struct avo_member *member = &view->members[i];
        const struct avo_node_figures *node = &status->health.figures.nodes[i];
        const struct avo_figures *totals = &node->totals;
        char address[AVO_ENDPOINT_TEXT_BYTES];
        avo_endpoint_write(address, &member->address);
        printf("  node %u  %-7s  %s  %s%s", member->slot, role_name(member, node), address, tee_name(member->tee),
               member->simulated ? " (SIMULATED)" : "");
        if (node->serving) {
            printf("  %llu keys, %llu of %llu MiB, %llu ops, %llu tampered, %llu damaged, %s memory",
                   (unsigned long long)totals->keys, (unsigned long long)(totals->enclave_bytes_used >> 20),
                   (unsigned long long)(totals->enclave_bytes_budget >> 20), (unsigned long long)totals->operations,
                   (unsigned long long)totals->tampered, (unsigned long long)totals->damaged_now,
                   memory_name(totals->secret_memory));
        }
        if (node->serving && totals->sync_total > 0) {
            printf(", sync %llu of %llu keys", (unsigned long long)totals->sync_keys, (unsigned long long)totals->sync_total);
        }
        if (node->error == AVO_EVERSION) {
            printf("  speaks wire version %u", node->other_version);
        }
        printf("\n");
    }
    avo_ends_print(&status->ends);
    avo_warnings_print(&status->warnings);
}

void avo_status_print(const struct avo_status *status, const char *state) {
    if (status->common.json) {
        print_json(status, state);
    } else {
        print_text(status, state);
    }
}
