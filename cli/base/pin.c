#include "cli/base/pin.h"
#include "client/io/hex.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEY_SHOWN_DIGITS 16
#define REASON_BYTES 200

bool avo_pin_read(struct avo_pin *pin, const char *command, const char *path, bool replace, struct avo_why *why) {
    struct avo_why problem;
    *pin = (struct avo_pin){.command = command, .path = path};
    if (replace || (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))) {
        return true;
    }
    struct avo_profile *profile;
    bool good = avo_profile_open(path, &profile, &problem) == AVO_OK;
    if (good) {
        pin->held = true;
        memcpy(pin->cas_public_key, profile->cas_public_key, sizeof pin->cas_public_key);
        memcpy(pin->cluster_id, profile->cluster_id, sizeof pin->cluster_id);
    } else {
        avo_why_set(why, "%s: nothing is written over what cannot be read: %.200s; or move it away, or give --" AVO_PIN_OPTION,
                    command, problem.text);
    }
    avo_profile_close(profile);
    return good;
}

static bool refuse(const struct avo_pin *pin, const char *reason, struct avo_why *why) {
    char id[2 * AVO_CLUSTER_ID_BYTES + 1];
    char key[2 * AVO_PUBLIC_KEY_BYTES + 1];
    avo_hex_write(id, AVO_SLICE_OF(pin->cluster_id));
    avo_hex_write(key, AVO_SLICE_OF(pin->cas_public_key));
    avo_why_set(
        why,
        "%s: profile %.60s follows cluster %s of CAS %.*s..., but %s; what is stored there would be out of reach: go on only "
        "if it may be lost, with --" AVO_PIN_OPTION,
        pin->command, pin->path, id, KEY_SHOWN_DIGITS, key, reason);
    return false;
}

bool avo_pin_holds_cas(const struct avo_pin *pin, const uint8_t cas_public_key[AVO_PUBLIC_KEY_BYTES], struct avo_why *why) {
    char key[2 * AVO_PUBLIC_KEY_BYTES + 1];
    char reason[REASON_BYTES];
    if (!pin->held || memcmp(pin->cas_public_key, cas_public_key, AVO_PUBLIC_KEY_BYTES) == 0) {
        return true;
    }
    avo_hex_write(key, avo_slice(cas_public_key, AVO_PUBLIC_KEY_BYTES));
    (void)snprintf(reason, sizeof reason, "this is CAS %.*s...", KEY_SHOWN_DIGITS, key);
    return refuse(pin, reason, why);
}

bool avo_pin_holds_cluster(const struct avo_pin *pin, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES], struct avo_why *why) {
    char id[2 * AVO_CLUSTER_ID_BYTES + 1];
    char reason[REASON_BYTES];
    if (!pin->held) {
        return true;
    }
    if (cluster_id == NULL) {
        return refuse(pin, "that CAS now knows of no cluster, as when its host restored a file from before genesis", why);
    }
    if (memcmp(pin->cluster_id, cluster_id, AVO_CLUSTER_ID_BYTES) == 0) {
        return true;
    }
    avo_hex_write(id, avo_slice(cluster_id, AVO_CLUSTER_ID_BYTES));
    (void)snprintf(reason, sizeof reason, "that CAS now has cluster %s", id);
    return refuse(pin, reason, why);
}

bool avo_pin_is_free(const struct avo_pin *pin, struct avo_why *why) {
    return !pin->held || refuse(pin, "this would make another, empty one", why);
}
