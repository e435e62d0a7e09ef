/* What survives a start: keys, policy, view; the last two empty before genesis, and kept together. u32 format, channel secret 32,
 * signing secret 64, cluster secret 16, u32 policy length, policy text, u16 view length, signed view, recovery public key 32. */
#include "base/assert.h"
#include "base/secret.h"
#include "cas/cas.h"
#include "cas/state.h"
#include <sodium.h>
#include <string.h>

#define STATE_FORMAT 2

void avo_cas_state_write(struct avo_writer *writer, const struct avo_cas *cas, const struct avo_signed_view *signed_view) {
    avo_write_u32(writer, STATE_FORMAT);
    avo_write_bytes(writer, cas->channel_key.secret, sizeof cas->channel_key.secret);
    avo_write_bytes(writer, cas->sign_secret, sizeof cas->sign_secret);
    avo_write_bytes(writer, cas->cluster_secret, sizeof cas->cluster_secret);
    avo_write_u32(writer, cas->policy_length);
    avo_write_bytes(writer, cas->policy_text, cas->policy_length);
    avo_write_u16(writer, (uint16_t)signed_view->length);
    avo_write_bytes(writer, signed_view->bytes, signed_view->length);
    avo_write_bytes(writer, cas->recovery_public, sizeof cas->recovery_public);
}

void avo_cas_persist(struct avo_cas *cas, const struct avo_signed_view *signed_view) {
    uint8_t state[AVO_CAS_STATE_MAX_BYTES];
    struct avo_writer writer = avo_writer(state, sizeof state);
    avo_cas_state_write(&writer, cas, signed_view);
    AVO_ASSERT(!writer.failed);
    avo_cas_effect_copy(cas, AVO_CAS_PERSIST, AVO_CAS_NOBODY, avo_writer_slice(&writer));
    avo_secret_wipe(state, sizeof state);
}

void avo_cas_save(const struct avo_cas *cas, struct avo_buffer *state) {
    struct avo_writer writer = avo_writer(state->data, state->capacity);
    avo_cas_state_write(&writer, cas, &cas->signed_view);
    AVO_ASSERT(!writer.failed);
    state->length = writer.length;
}

struct state_parts {
    uint8_t channel_secret[AVO_SECRET_KEY_BYTES];
    uint8_t sign_secret[64];
    uint8_t cluster_secret[AVO_CLUSTER_SECRET_BYTES];
    struct avo_slice policy_text;
    struct avo_slice signed_view;
    uint8_t recovery_public[AVO_PUBLIC_KEY_BYTES];
    struct avo_cas_policy policy;
    struct avo_view view;
};

/* It is known from its first bytes what another build wrote: that one reads it. */
static enum avo_error check_format(struct avo_slice state, struct avo_text *reason) {
    struct avo_reader reader = avo_reader(state);
    uint32_t format = avo_read_u32(&reader);
    if (reader.failed || format == STATE_FORMAT) {
        return AVO_OK;
    }
    avo_text_add_count(reason, "its format is ", format, ", and this CAS reads ");
    avo_text_add_count(reason, "", STATE_FORMAT, " alone: start the CAS by the build that wrote it");
    return AVO_EVERSION;
}

static enum avo_error read_parts(struct avo_slice state, struct state_parts *parts) {
    struct avo_reader reader = avo_reader(state);
    if (avo_read_u32(&reader) != STATE_FORMAT) {
        avo_read_fail(&reader);
    }
    avo_read_bytes(&reader, parts->channel_secret, sizeof parts->channel_secret);
    avo_read_bytes(&reader, parts->sign_secret, sizeof parts->sign_secret);
    avo_read_bytes(&reader, parts->cluster_secret, sizeof parts->cluster_secret);
    parts->policy_text = avo_read_slice(&reader, avo_read_u32(&reader));
    parts->signed_view = avo_read_slice(&reader, avo_read_u16(&reader));
    avo_read_bytes(&reader, parts->recovery_public, sizeof parts->recovery_public);
    bool fits = parts->policy_text.length <= AVO_POLICY_MAX_BYTES && parts->signed_view.length <= AVO_VIEW_MAX_BYTES;
    return avo_reader_done(&reader) && fits ? AVO_OK : AVO_EFORMAT;
}

/* The state was sealed, so it is our own; still its pieces must fit each other. */
static enum avo_error check_parts(const struct avo_cas *cas, struct state_parts *parts, struct avo_text *reason) {
    const struct avo_cas_policy_reader *reader = cas->config.policy_reader;
    enum avo_error error = reader->read(reader->context, parts->policy_text, &parts->policy, reason);
    if (error == AVO_OK) {
        error = avo_cas_policy_check(&parts->policy, reason);
    }
    if (error != AVO_OK) {
        return error;
    }
    error = avo_view_verify(parts->signed_view, parts->sign_secret + 32, &parts->view);
    if (error == AVO_OK && !avo_cas_policy_matches(parts->policy_text, &parts->view)) {
        error = AVO_EFORMAT;
    }
    if (error != AVO_OK) {
        avo_text_add_string(reason, "the view does not fit the keys and the policy beside it");
    }
    return error;
}

static bool is_before_genesis(const struct state_parts *parts) {
    return parts->policy_text.length == 0 && parts->signed_view.length == 0;
}

static void take_keys(struct avo_cas *cas, const struct state_parts *parts) {
    avo_copy(cas->channel_key.secret, sizeof cas->channel_key.secret, AVO_SLICE_OF(parts->channel_secret));
    (void)crypto_scalarmult_base(cas->channel_key.public, cas->channel_key.secret);
    avo_copy(cas->sign_secret, sizeof cas->sign_secret, AVO_SLICE_OF(parts->sign_secret));
    avo_copy(cas->sign_public, sizeof cas->sign_public, avo_slice(parts->sign_secret + 32, 32));
    avo_copy(cas->recovery_public, sizeof cas->recovery_public, AVO_SLICE_OF(parts->recovery_public));
}

static void take(struct avo_cas *cas, const struct state_parts *parts) {
    take_keys(cas, parts);
    avo_copy(cas->cluster_secret, sizeof cas->cluster_secret, AVO_SLICE_OF(parts->cluster_secret));
    avo_copy(cas->policy_text, sizeof cas->policy_text, parts->policy_text);
    cas->policy_length = (uint32_t)parts->policy_text.length;
    cas->policy = parts->policy;
    cas->view = parts->view;
    avo_copy(cas->cluster_id, sizeof cas->cluster_id, AVO_SLICE_OF(parts->view.cluster_id));
    avo_copy(cas->signed_view.bytes, sizeof cas->signed_view.bytes, parts->signed_view);
    cas->signed_view.length = parts->signed_view.length;
    cas->phase = AVO_CAS_FORMED;
    avo_cas_follow(cas); /* [V7] and it is not current before a majority of the members says so */
}

enum avo_error avo_cas_restore(struct avo_cas *cas, struct avo_slice state, struct avo_text *reason) {
    struct state_parts parts = {0};
    avo_text_clear(reason);
    enum avo_error error = check_format(state, reason);
    error = error == AVO_OK ? read_parts(state, &parts) : error;
    if (error == AVO_EFORMAT) {
        avo_text_add_string(reason, "not a state of this version");
    } else if (error == AVO_OK && !is_before_genesis(&parts)) {
        error = check_parts(cas, &parts, reason);
    }
    if (error == AVO_OK && is_before_genesis(&parts)) {
        take_keys(cas, &parts); /* [V0]: they name no cluster yet */
    } else if (error == AVO_OK) {
        take(cas, &parts);
    }
    avo_secret_wipe(&parts, sizeof parts);
    return error;
}

const uint8_t *avo_cas_state_recovery_public(struct avo_slice state) {
    static const uint8_t nobody[AVO_PUBLIC_KEY_BYTES];
    struct state_parts parts = {0};
    bool worth = read_parts(state, &parts) == AVO_OK && !is_before_genesis(&parts) &&
                 memcmp(parts.recovery_public, nobody, sizeof nobody) != 0;
    avo_secret_wipe(&parts, sizeof parts);
    return worth ? state.data + state.length - AVO_PUBLIC_KEY_BYTES : NULL;
}

/* [V0] Anybody that knows the recovery key's public half can wrap a state; only the lost CAS knew the secret of the pinned key. */
static enum avo_error check_pinned(const struct state_parts *parts, const struct avo_recover *recover,
                                   const uint8_t *recovery_public, struct avo_text *reason) {
    uint8_t public[AVO_PUBLIC_KEY_BYTES];
    (void)crypto_scalarmult_base(public, parts->channel_secret);
    if (!avo_secret_equal(public, recover->cas_public, sizeof public) ||
        !avo_slice_equal(AVO_SLICE_OF(parts->view.cluster_id), AVO_SLICE_OF(recover->cluster_id))) {
        avo_text_add_string(reason, "the state is of another CAS or cluster than the profile follows: give the copy of that one");
        return AVO_EDENIED;
    }
    if (!avo_secret_equal(recovery_public, parts->recovery_public, sizeof parts->recovery_public)) {
        avo_text_add_string(reason, "the state names another recovery key than it was wrapped for: give another copy");
        return AVO_EDENIED;
    }
    return AVO_OK;
}

enum avo_error avo_cas_state_check(const struct avo_cas *cas, struct avo_slice state, const struct avo_recover *recover,
                                   const uint8_t *recovery_public, struct avo_text *reason) {
    struct state_parts parts = {0};
    enum avo_error error = read_parts(state, &parts);
    if (error != AVO_OK || is_before_genesis(&parts)) {
        avo_text_add_string(reason, "not a state of this version that has a cluster: give another copy");
        error = AVO_EFORMAT;
    } else {
        error = check_parts(cas, &parts, reason);
    }
    error = error == AVO_OK ? check_pinned(&parts, recover, recovery_public, reason) : error;
    avo_secret_wipe(&parts, sizeof parts);
    return error;
}
