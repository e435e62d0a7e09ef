#include "client/dialog/link.h"
#include "base/secret.h"
#include "client/dialog/marked.h"
#include "client/dialog/tcp.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define RECEIVE_BYTES 4096

struct avo_cas_link {
    int fd;
    uint32_t timeout_ms;
    uint64_t deadline_ms;
    struct avo_dialog dialog;
    struct avo_buffer out;
    struct avo_slice in; /* what is left of `received` */
    uint8_t received[RECEIVE_BYTES];
    uint8_t out_memory[AVO_DIALOG_OUT_BYTES];
};

/* `remote_version`: what the CAS said it speaks, for AVO_EVERSION. */
static enum avo_error say(struct avo_text *reason, enum avo_error error, uint8_t remote_version) {
    avo_text_clear(reason);
    switch (error) {
    case AVO_EAUTH:
        avo_text_add_string(reason, "CAS: what answers does not hold the pinned key: check the address and the profile");
        break;
    case AVO_ENOTFOUND: /* it hung up before it said anything */
        avo_text_add_string(reason,
                            "CAS: it hung up at once: it does not hold the pinned key, or it ended: check the address and the "
                            "profile, and its log");
        break;
    case AVO_EVERSION:
        avo_text_add_string(reason, "CAS: it ");
        avo_text_add_version(reason, remote_version);
        break;
    case AVO_ETIMEOUT:
        avo_text_add_string(reason, "CAS: no answer in time: is avocado-cas running at that address? see log/cas.log");
        break;
    case AVO_EIO:
        avo_text_add_string(reason, "CAS: it ended the connection: see log/cas.log for why");
        break;
    case AVO_EDENIED:
        avo_text_add_string(reason, "CAS: it has not proven itself yet on this connection: verify its evidence first");
        break;
    default:
        avo_text_add_string(reason, "CAS: ");
        avo_text_add_string(reason, avo_error_text(error));
    }
    return error;
}

static enum avo_error flush(struct avo_cas_link *link) {
    enum avo_error error = avo_tcp_send(link->fd, avo_buffer_slice(&link->out), link->deadline_ms);
    avo_secret_wipe(link->out.data, link->out.length);
    link->out.length = 0;
    return error;
}

/* Receives until the CAS has greeted (`want_reply` false) or a whole reply is there. */
static enum avo_error receive(struct avo_cas_link *link, bool want_reply, struct avo_slice *reply) {
    for (;;) {
        enum avo_error error = avo_dialog_read(&link->dialog, &link->in, &link->out, reply);
        if (error == AVO_OK && link->out.length > 0) {
            error = flush(link); /* what proves to the CAS that this is no replay */
        }
        if (error != AVO_OK || (want_reply && reply->length > 0) || (!want_reply && link->dialog.greeted)) {
            return error;
        }
        size_t length = 0;
        error = avo_tcp_receive(link->fd, link->received, sizeof link->received, link->deadline_ms, &length);
        if (error != AVO_OK) {
            return error;
        }
        link->in = avo_slice(link->received, length);
    }
}

/* "127.0.0.1:7099", "[::1]:7099". */
static void add_address(struct avo_text *text, const struct avo_address *address) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char ip[INET6_ADDRSTRLEN] = "";
    bool v4 = memcmp(address->ip, mapped, sizeof mapped) == 0;
    (void)inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? address->ip + sizeof mapped : address->ip, ip, sizeof ip);
    avo_text_add_string(text, v4 ? "" : "[");
    avo_text_add_string(text, ip);
    avo_text_add_count(text, v4 ? ":" : "]:", address->port, "");
}

/* What to do when it is down: whatever needs the CAS says so. */
static enum avo_error no_answer(struct avo_text *reason, const struct avo_address *address, enum avo_error error, const char *why) {
    avo_text_clear(reason);
    avo_text_add_string(reason, "CAS: ");
    add_address(reason, address);
    avo_text_add_string(reason, " does not answer (");
    avo_text_add_string(reason, why);
    avo_text_add_string(reason, "); the cluster serves without it: start it (avocado cas start, or avocado-cas there), or correct "
                                "the address");
    return error;
}

/* A responder that cannot open the first message can only hang up: so does a CAS with another key. */
static enum avo_error greet(struct avo_cas_link *link, const struct avo_cas_link_config *config, struct avo_text *reason) {
    struct avo_slice none;
    enum avo_error error =
        avo_dialog_start(&link->dialog, config->aead, config->random, config->own_key, config->cas_public_key, &link->out);
    if (error != AVO_OK) {
        return say(reason, error, 0);
    }
    error = avo_tcp_connect(&config->address, link->deadline_ms, &link->fd);
    if (error != AVO_OK) {
        return no_answer(reason, &config->address, error, error == AVO_ETIMEOUT ? "no connection in time" : strerror(errno));
    }
    error = flush(link);
    if (error == AVO_OK) {
        error = receive(link, false, &none);
    }
    if (error == AVO_EIO) {
        (void)say(reason, AVO_ENOTFOUND, 0);
        return AVO_EAUTH;
    }
    if (error == AVO_ETIMEOUT) {
        return no_answer(reason, &config->address, error, "no greeting in time");
    }
    return error == AVO_OK ? AVO_OK : say(reason, error, link->dialog.stream.remote_version);
}

enum avo_error avo_cas_link_open(const struct avo_cas_link_config *config, struct avo_cas_link **link, struct avo_text *reason) {
    *link = NULL;
    struct avo_cas_link *made = avo_marked_take(sizeof *made); /* it holds the client's secret key */
    if (made == NULL) {
        return say(reason, AVO_EFULL, 0);
    }
    made->fd = -1;
    made->timeout_ms = config->timeout_ms;
    made->deadline_ms = avo_tcp_now_ms() + config->timeout_ms;
    made->out = (struct avo_buffer){made->out_memory, 0, sizeof made->out_memory};
    enum avo_error error = greet(made, config, reason);
    if (error != AVO_OK) {
        avo_cas_link_close(made);
        return error;
    }
    *link = made;
    return AVO_OK;
}

void avo_cas_link_close(struct avo_cas_link *link) {
    if (link != NULL) {
        avo_tcp_close(link->fd);
        avo_dialog_wipe(&link->dialog);
        avo_marked_give(link, sizeof *link);
    }
}

const uint8_t *avo_cas_link_sign_public(const struct avo_cas_link *link) {
    return link->dialog.cas_sign_public;
}

static void begin(struct avo_cas_link *link) {
    link->deadline_ms = avo_tcp_now_ms() + link->timeout_ms;
    link->out.length = 0;
}

/* Sends what was asked and waits for the reply. */
static enum avo_error call(struct avo_cas_link *link, enum avo_error asked, struct avo_slice *reply, struct avo_text *reason) {
    enum avo_error error = asked;
    if (error == AVO_OK) {
        error = flush(link);
    }
    if (error == AVO_OK) {
        error = receive(link, true, reply);
    }
    return error == AVO_OK ? AVO_OK : say(reason, error, link->dialog.stream.remote_version);
}

enum avo_error avo_cas_link_attest(struct avo_cas_link *link, const struct avo_verifier *verifier, struct avo_slice policy,
                                   uint64_t now_s, struct avo_attested *attested, struct avo_text *reason) {
    struct avo_slice reply;
    begin(link);
    enum avo_error error = call(link, avo_dialog_ask_evidence(&link->dialog, &link->out), &reply, reason);
    return error != AVO_OK ? error : avo_dialog_evidence_check(&link->dialog, reply, verifier, policy, now_s, attested, reason);
}

enum avo_error avo_cas_link_upload(struct avo_cas_link *link, struct avo_slice policy, struct avo_text *reason) {
    struct avo_slice reply;
    begin(link);
    enum avo_error error = call(link, avo_dialog_ask_policy(&link->dialog, policy, &link->out), &reply, reason);
    return error != AVO_OK ? error : avo_dialog_done_check(reply, reason);
}

enum avo_error avo_cas_link_recover(struct avo_cas_link *link, const struct avo_recover *recover, struct avo_text *reason) {
    struct avo_slice reply;
    begin(link);
    enum avo_error error = call(link, avo_dialog_ask_recover(&link->dialog, recover, &link->out), &reply, reason);
    return error != AVO_OK ? error : avo_dialog_done_check(reply, reason);
}

enum avo_error avo_cas_link_reset(struct avo_cas_link *link, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                  struct avo_text *reason) {
    struct avo_slice reply;
    begin(link);
    enum avo_error error = call(link, avo_dialog_ask_reset(&link->dialog, cluster_id, &link->out), &reply, reason);
    return error != AVO_OK ? error : avo_dialog_done_check(reply, reason);
}

const uint8_t *avo_cas_link_recovery_public(const struct avo_cas_link *link) {
    return link->dialog.recovery_public;
}

enum avo_error avo_cas_link_status(struct avo_cas_link *link, struct avo_genesis_status *status, struct avo_text *reason) {
    struct avo_slice reply;
    begin(link);
    enum avo_error error = call(link, avo_dialog_ask_status(&link->dialog, &link->out), &reply, reason);
    return error != AVO_OK ? error : avo_dialog_status_check(reply, status, reason);
}

enum avo_error avo_cas_link_ends(struct avo_cas_link *link, struct avo_cas_ends *ends, struct avo_text *reason) {
    struct avo_slice reply;
    begin(link);
    enum avo_error error = call(link, avo_dialog_ask_ends(&link->dialog, &link->out), &reply, reason);
    return error != AVO_OK ? error : avo_dialog_ends_check(reply, ends, reason);
}

enum avo_error avo_cas_link_approve(struct avo_cas_link *link, const uint8_t view_hash[AVO_HASH_BYTES],
                                    struct avo_signed_view *signed_view, struct avo_view *view, struct avo_text *reason) {
    struct avo_slice reply;
    begin(link);
    enum avo_error error = call(link, avo_dialog_ask_approve(&link->dialog, view_hash, &link->out), &reply, reason);
    return error != AVO_OK ? error : avo_dialog_view_check(&link->dialog, reply, view_hash, NULL, signed_view, view, reason);
}

enum avo_error avo_cas_link_resize(struct avo_cas_link *link, const struct avo_resize_request *request, struct avo_text *reason) {
    struct avo_slice reply;
    begin(link);
    enum avo_error error = call(link, avo_dialog_ask_resize(&link->dialog, request, &link->out), &reply, reason);
    return error != AVO_OK ? error : avo_dialog_done_check(reply, reason);
}

enum avo_error avo_cas_link_view(struct avo_cas_link *link, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                 struct avo_signed_view *signed_view, struct avo_view *view, struct avo_text *reason) {
    struct avo_slice reply;
    begin(link);
    enum avo_error error = call(link, avo_dialog_ask_view(&link->dialog, &link->out), &reply, reason);
    return error != AVO_OK ? error : avo_dialog_view_check(&link->dialog, reply, NULL, cluster_id, signed_view, view, reason);
}

enum avo_error avo_cas_link_ticket(struct avo_cas_link *link, const struct avo_ticket_request *request,
                                   struct avo_buffer *signed_ticket, struct avo_ticket *ticket, struct avo_text *reason) {
    struct avo_slice reply;
    struct avo_slice bytes;
    begin(link);
    enum avo_error error = call(link, avo_dialog_ask_ticket(&link->dialog, request, &link->out), &reply, reason);
    if (error == AVO_OK) {
        error = avo_dialog_ticket_check(&link->dialog, reply, request, &bytes, ticket, reason);
    }
    if (error == AVO_OK) {
        avo_copy(signed_ticket->data, signed_ticket->capacity, bytes);
        signed_ticket->length = bytes.length;
    }
    return error;
}
