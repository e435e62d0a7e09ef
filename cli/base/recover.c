#include "cli/base/recover.h"
#include "attest/plug/plug.h"
#include "base/secret.h"
#include "cas/recovery.h"
#include "cli/base/key_file.h"
#include "client/dialog/link.h"
#include "client/io/file.h"
#include "client/io/hex.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct running {
    const struct avo_recovery *recovery;
    struct avo_why *why;
    struct avo_key_pair key;
    struct avo_buffer file;
    struct avo_buffer policy;
    struct avo_cas_link *link;
};

static bool fail(struct running *running, const char *what, const char *next) {
    avo_why_set(running->why, "%s: %s", what, next);
    return false;
}

/* What was wrapped for another key does not open, so nothing need be started to say so. */
static bool files_read(struct running *running) {
    const struct avo_recovery *recovery = running->recovery;
    const uint8_t *wrapped_for;
    if (!avo_file_take(recovery->from, AVO_RECOVERY_MAX_BYTES, &running->file)) {
        return fail(running, recovery->from,
                    errno == EFBIG ? "is no state.recovery of a CAS; give a copy of the lost one's" : strerror(errno));
    }
    if (avo_recovery_read(avo_buffer_slice(&running->file), &wrapped_for) != AVO_OK) {
        return fail(running, recovery->from, "is no state.recovery of a CAS, or cut short; give another copy of the lost one's");
    }
    if (!avo_key_file_load(recovery->key_file, &running->key, running->why)) {
        return false;
    }
    if (memcmp(wrapped_for, running->key.public, AVO_PUBLIC_KEY_BYTES) != 0) {
        char hex[2 * AVO_PUBLIC_KEY_BYTES + 1];
        avo_hex_write(hex, avo_slice(wrapped_for, AVO_PUBLIC_KEY_BYTES));
        avo_why_set(running->why, "%s: was wrapped for the recovery key %s, not for that of %s; give --key its secret half",
                    recovery->from, hex, recovery->key_file);
        return false;
    }
    return true;
}

static bool policy_read(struct running *running) {
    const char *path = running->recovery->policy_file;
    if (!avo_file_take(path, AVO_POLICY_MAX_BYTES, &running->policy)) {
        avo_why_set(running->why, "%s: %s; give the cluster's policy, which says what a CAS may be", path, strerror(errno));
        return false;
    }
    return true;
}

/* The secret goes to nothing that has not proven what it is. */
static bool cas_attest(struct running *running) {
    const struct avo_recovery *recovery = running->recovery;
    struct avo_attest_plug plug;
    struct avo_attested attested;
    struct avo_text reason;
    struct avo_cas_link_config config = {.address = recovery->cas,
                                         .own_key = &recovery->profile->key,
                                         .aead = recovery->aead,
                                         .random = recovery->random,
                                         .timeout_ms = recovery->call_ms};
    memcpy(config.cas_public_key, recovery->cas_key, sizeof config.cas_public_key);
    avo_attest_plug_init(&plug, recovery->collateral);
    if (avo_cas_link_open(&config, &running->link, &reason) != AVO_OK ||
        avo_cas_link_attest(running->link, &plug.verifier, avo_buffer_slice(&running->policy), (uint64_t)time(NULL), &attested,
                            &reason) != AVO_OK) {
        return fail(running, "nothing was sent", reason.bytes);
    }
    return true;
}

static bool hand_over(struct running *running) {
    const struct avo_recovery *recovery = running->recovery;
    struct avo_text reason;
    struct avo_recover recover = {.wrapped = avo_buffer_slice(&running->file)};
    memcpy(recover.secret, running->key.secret, sizeof recover.secret);
    memcpy(recover.cas_public, recovery->profile->cas_public_key, sizeof recover.cas_public);
    memcpy(recover.cluster_id, recovery->profile->cluster_id, sizeof recover.cluster_id);
    enum avo_error error = avo_cas_link_recover(running->link, &recover, &reason);
    avo_secret_wipe(&recover, sizeof recover);
    return error == AVO_OK || fail(running, recovery->from, reason.bytes);
}

static void end(struct running *running) {
    avo_cas_link_close(running->link);
    free(running->file.data);
    free(running->policy.data);
    avo_secret_wipe(&running->key, sizeof running->key);
}

bool avo_recovery_check(const struct avo_recovery *recovery, struct avo_why *why) {
    struct running running = {.recovery = recovery, .why = why};
    bool good = files_read(&running) && policy_read(&running);
    end(&running);
    return good;
}

bool avo_recovery_run(const struct avo_recovery *recovery, struct avo_why *why) {
    struct running running = {.recovery = recovery, .why = why};
    bool good = files_read(&running) && policy_read(&running) && cas_attest(&running) && hand_over(&running);
    end(&running);
    return good;
}
