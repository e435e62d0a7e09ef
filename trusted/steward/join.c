#include "trusted/steward/join.h"
#include "base/secret.h"
#include "protocol/control/binding.h"
#include "protocol/control/hello.h"
#include "protocol/control/join.h"
#include <string.h>

static enum avo_join_state fail(struct avo_join *join, const char *reason) {
    avo_text_clear(&join->reason);
    avo_text_add_string(&join->reason, reason);
    join->state = AVO_JOIN_FAILED;
    return join->state;
}

/* Whoever sits between can break a connection: that ends no enclave. */
static enum avo_join_state lose(struct avo_join *join, const char *reason) {
    join->lost = true;
    return fail(join, reason);
}

void avo_join_start(struct avo_join *join, const struct avo_join_config *config, struct avo_buffer *out) {
    memset(join, 0, sizeof *join);
    join->config = *config;
    join->state = AVO_JOIN_TALKING;
    avo_launch_hash(config->launch, join->configuration_hash);
    avo_key_pair_make(&join->identity.channel_key, config->random);
    avo_secure_stream_initiate(&join->stream, config->aead, &join->identity.channel_key, config->launch->cas_public_key,
                               avo_slice_string(AVO_CONTROL_PROLOGUE));
    if (avo_secure_stream_start(&join->stream, config->random, out) != AVO_OK) {
        (void)fail(join, "CAS: the pinned key is not a usable key: start the enclave with the key in cas/public.key");
    }
}

/* The CAS greets, or asks again with a fresh nonce once it has a policy. Its signing key never changes within a connection. */
static enum avo_join_state on_hello(struct avo_join *join, struct avo_slice message) {
    struct avo_hello hello;
    enum avo_error error = avo_hello_read(message, &hello);
    if (error != AVO_OK) {
        return fail(join, error == AVO_EVERSION ? "CAS: it speaks another version of the protocol: install the same version on both"
                                                : "CAS: its greeting is malformed: look at the log of avocado-cas");
    }
    if (join->asked && !avo_secret_equal(hello.cas_sign_public, join->identity.cas_sign_public, sizeof hello.cas_sign_public)) {
        return fail(join, "CAS: it changed its signing key within one connection: do not trust it");
    }
    memcpy(join->identity.cas_sign_public, hello.cas_sign_public, sizeof hello.cas_sign_public);
    memcpy(join->nonce, hello.nonce, sizeof hello.nonce);
    struct avo_binding binding = {.tee = (uint8_t)join->config.tee, .role = AVO_EVIDENCE_NODE};
    memcpy(binding.nonce, hello.nonce, sizeof binding.nonce);
    memcpy(binding.channel_key, join->identity.channel_key.public, sizeof binding.channel_key);
    memcpy(binding.cas_key, join->config.launch->cas_public_key, sizeof binding.cas_key);
    memcpy(binding.handshake_hash, join->stream.handshake_hash, sizeof binding.handshake_hash);
    memcpy(binding.configuration_hash, join->configuration_hash, sizeof binding.configuration_hash);
    avo_binding_report_data(&binding, join->report_data);
    join->state = AVO_JOIN_NEED_EVIDENCE;
    return join->state;
}

enum avo_join_state avo_join_evidence(struct avo_join *join, enum avo_evidence_kind kind, struct avo_slice evidence,
                                      struct avo_buffer *out) {
    if (join->state != AVO_JOIN_NEED_EVIDENCE) {
        return join->state;
    }
    if (evidence.length == 0 || evidence.length > AVO_EVIDENCE_MAX_BYTES) {
        return fail(join, "TEE: it gave no evidence: look at the log of the node");
    }
    const struct avo_launch *launch = join->config.launch;
    struct avo_join_request request = {.slot = launch->slot,
                                       .tee = (uint8_t)join->config.tee,
                                       .address = launch->address,
                                       .worker_count = launch->layout.worker_count,
                                       .datagram_max_bytes = launch->layout.ring.datagram_bytes,
                                       .kind = kind,
                                       .evidence = evidence};
    memcpy(request.configuration_hash, join->configuration_hash, sizeof request.configuration_hash);
    uint8_t bytes[128 + AVO_EVIDENCE_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_join_request_write(&writer, &request);
    if (writer.failed || avo_secure_stream_write(&join->stream, avo_writer_slice(&writer), out) != AVO_OK) {
        return fail(join, "CAS: the request to join does not fit the control stream: give it more room");
    }
    join->asked = true;
    join->state = AVO_JOIN_TALKING;
    return join->state;
}

/* The CAS's reason is for a person; the stream is authentic, so it is the CAS's own. */
static enum avo_join_state on_refused(struct avo_join *join, struct avo_slice message) {
    enum avo_error error;
    struct avo_text text;
    if (avo_control_refused_read(message, &error, &text) != AVO_OK) {
        return fail(join, "CAS: its refusal is malformed: look at the log of avocado-cas");
    }
    join->lost = error == AVO_EBUSY;
    (void)fail(join, "CAS refused to admit this enclave: ");
    avo_text_add(&join->reason, avo_slice(text.bytes, text.length));
    return join->state;
}

/* [V1] and what this enclave runs with: the view must be chosen, list this incarnation under its own key and address, and keep
 * to the limits that the enclave was launched with. NULL when it does, else what is wrong. */
static const char *find_fault(const struct avo_join *join, const struct avo_view *view) {
    const struct avo_launch *launch = join->config.launch;
    const struct avo_member *own = avo_view_member(view, launch->slot);
    if (avo_view_adoptable(NULL, view->cluster_id, view) != AVO_OK) {
        return "CAS: its view is not one to begin with: start a new cluster";
    }
    if (own == NULL ||
        !avo_secret_equal(own->channel_public_key, join->identity.channel_key.public, sizeof own->channel_public_key)) {
        return "CAS: its view does not list this enclave's key in its slot: start a new cluster";
    }
    if (memcmp(own->address.ip, launch->address.ip, sizeof own->address.ip) != 0 || own->address.port != launch->address.port) {
        return "CAS: its view lists this enclave under another address: start a new cluster";
    }
    if (own->incarnation != view->epoch) {
        return "CAS: its view was not made to admit this start of the enclave: start a new cluster";
    }
    if (view->worker_count != launch->layout.worker_count ||
        view->mtu_bytes > launch->layout.ring.datagram_bytes + AVO_UDP_OVERHEAD_BYTES) {
        return "CAS: its view has other limits than this enclave was launched with: start it as the policy says";
    }
    return NULL;
}

static enum avo_join_state on_joined(struct avo_join *join, struct avo_slice message) {
    struct avo_joined joined;
    struct avo_view view;
    if (avo_joined_read(message, &joined) != AVO_OK) {
        return fail(join, "CAS: its welcome is malformed: look at the log of avocado-cas");
    }
    if (avo_view_verify(joined.signed_view, join->identity.cas_sign_public, &view) != AVO_OK) {
        return fail(join, "CAS: its view does not verify under its signing key: do not trust it");
    }
    const char *fault = find_fault(join, &view);
    if (fault != NULL) {
        return fail(join, fault);
    }
    join->identity.view = view;
    memcpy(join->identity.cluster_secret, joined.cluster_secret, sizeof joined.cluster_secret);
    avo_secret_wipe(&joined, sizeof joined);
    join->state = AVO_JOIN_DONE;
    return join->state;
}

static enum avo_join_state on_message(struct avo_join *join, struct avo_slice message) {
    bool answered = join->asked && join->state == AVO_JOIN_TALKING;
    switch (avo_control_type(message)) {
    case AVO_CONTROL_HELLO:
        if (!join->asked || join->state == AVO_JOIN_WAITING) {
            return on_hello(join, message);
        }
        break;
    case AVO_CONTROL_WAIT:
        if (answered && avo_control_empty_read(message, AVO_CONTROL_WAIT) == AVO_OK) {
            join->state = AVO_JOIN_WAITING;
            return join->state;
        }
        break;
    case AVO_CONTROL_REFUSED:
        return on_refused(join, message);
    case AVO_CONTROL_JOINED:
        if (join->state == AVO_JOIN_WAITING) {
            return on_joined(join, message);
        }
        break;
    default:
        break;
    }
    return fail(join, "CAS: it said something out of turn: install the same version on both");
}

static bool wants_bytes(const struct avo_join *join) {
    return join->state == AVO_JOIN_TALKING || join->state == AVO_JOIN_WAITING;
}

enum avo_join_state avo_join_read(struct avo_join *join, struct avo_slice *in, struct avo_buffer *out) {
    while (wants_bytes(join) && in->length > 0) {
        struct avo_slice message = AVO_SLICE_EMPTY;
        enum avo_error error = avo_secure_stream_read(&join->stream, join->config.random, in, out, &message);
        if (error == AVO_EVERSION) {
            (void)lose(join, "CAS: it ");
            avo_text_add_version(&join->reason, join->stream.remote_version);
            return join->state;
        }
        if (error != AVO_OK) {
            return lose(join, "CAS: what answers does not hold the pinned key, or bytes were changed on the way: "
                              "compare with cas/public.key");
        }
        if (message.length > 0) {
            (void)on_message(join, message);
        }
    }
    return join->state;
}

enum avo_join_state avo_join_closed(struct avo_join *join) {
    if (join->state != AVO_JOIN_DONE && join->state != AVO_JOIN_FAILED) {
        return lose(join, "CAS: the connection ended before this enclave was a member: look at the log of avocado-cas");
    }
    return join->state;
}

void avo_join_finish(struct avo_join *join) {
    avo_secure_stream_wipe(&join->stream);
    if (join->state != AVO_JOIN_DONE) {
        avo_secret_wipe(&join->identity, sizeof join->identity);
    }
}
