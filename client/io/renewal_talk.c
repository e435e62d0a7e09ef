#include "client/io/renewal_talk.h"
#include "client/dialog/dialog.h"
#include "client/dialog/marked.h"
#include "client/dialog/tcp.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define BUFFER_BYTES 4096                                               /* handshake and request out, greeting and ticket in */
#define RIGHTS_ALL (AVO_RIGHT_READ | AVO_RIGHT_WRITE | AVO_RIGHT_ADMIN) /* the policy leaves out what it does not grant */

struct avo_renewal_talk {
    struct avo_dialog dialog;
    const struct avo_profile *profile;
    struct avo_ticket_request request;
    int fd;
    bool connected;
    bool asked;
    struct avo_buffer out;
    size_t sent;
    uint8_t out_memory[BUFFER_BYTES];
    uint8_t in_memory[BUFFER_BYTES];
};

static enum avo_error say(struct avo_text *reason, enum avo_error error, const char *text) {
    avo_text_clear(reason);
    avo_text_add_string(reason, "CAS: ");
    avo_text_add_string(reason, text);
    return error;
}

struct avo_renewal_talk *avo_renewal_talk_open(const struct avo_profile *profile, const struct avo_key_pair *key,
                                               const struct avo_aead *aead, struct avo_random *random, int *fd,
                                               struct avo_text *reason) {
    struct avo_renewal_talk *talk = avo_marked_take(sizeof *talk);
    if (talk == NULL) {
        (void)say(reason, AVO_EIO, strerror(errno));
        return NULL;
    }
    talk->profile = profile;
    talk->request.rights = RIGHTS_ALL;
    memcpy(talk->request.public_key, key->public, sizeof talk->request.public_key);
    talk->out = (struct avo_buffer){talk->out_memory, 0, sizeof talk->out_memory};
    talk->fd = -1;
    enum avo_error error = avo_dialog_start(&talk->dialog, aead, random, key, profile->cas_public_key, &talk->out);
    if (error == AVO_OK) {
        error = avo_tcp_begin(&profile->cas_address, &talk->fd);
    }
    if (error != AVO_OK) {
        (void)say(reason, error, error == AVO_EIO ? strerror(errno) : avo_error_text(error));
        avo_renewal_talk_close(talk, talk->fd);
        return NULL;
    }
    *fd = talk->fd;
    return talk;
}

void avo_renewal_talk_close(struct avo_renewal_talk *talk, int fd) {
    avo_tcp_close(fd);
    avo_marked_give(talk, sizeof *talk);
}

bool avo_renewal_talk_sends(const struct avo_renewal_talk *talk) {
    return !talk->connected || talk->sent < talk->out.length;
}

/* AVO_EBUSY: the rest later. */
static enum avo_error flush(struct avo_renewal_talk *talk) {
    while (talk->sent < talk->out.length) {
        ssize_t sent = send(talk->fd, talk->out.data + talk->sent, talk->out.length - talk->sent, MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR ? AVO_EBUSY : AVO_EIO;
        }
        talk->sent += (size_t)sent;
    }
    talk->sent = talk->out.length = 0;
    return AVO_OK;
}

/* AVO_EBUSY: nothing came, or not all of a reply. */
static enum avo_error receive(struct avo_renewal_talk *talk, struct avo_slice *reply) {
    ssize_t got = recv(talk->fd, talk->in_memory, sizeof talk->in_memory, 0);
    if (got <= 0) {
        return got < 0 && (errno == EAGAIN || errno == EINTR) ? AVO_EBUSY : AVO_EIO;
    }
    struct avo_slice in = avo_slice(talk->in_memory, (size_t)got);
    enum avo_error error = avo_dialog_read(&talk->dialog, &in, &talk->out, reply);
    if (error == AVO_OK && talk->dialog.greeted && !talk->asked) {
        talk->asked = true;
        error = avo_dialog_ask_ticket(&talk->dialog, &talk->request, &talk->out);
    }
    return error == AVO_OK && reply->length == 0 ? AVO_EBUSY : error;
}

/* Signed by whom the profile pinned, for this cluster. */
static enum avo_error check(struct avo_renewal_talk *talk, struct avo_slice reply, struct avo_slice *signed_ticket,
                            struct avo_ticket *ticket, struct avo_text *reason) {
    const struct avo_profile *profile = talk->profile;
    enum avo_error error = avo_dialog_ticket_check(&talk->dialog, reply, &talk->request, signed_ticket, ticket, reason);
    if (error != AVO_OK) {
        return error;
    }
    if (memcmp(talk->dialog.cas_sign_public, profile->cas_sign_public, sizeof profile->cas_sign_public) != 0) {
        return say(reason, AVO_EAUTH, "it signs with another key than the profile pins: do not trust this CAS");
    }
    if (memcmp(ticket->cluster_id, profile->cluster_id, sizeof profile->cluster_id) != 0) {
        return say(reason, AVO_EDENIED, "it has another cluster than the profile pins: get a new profile from the owner");
    }
    return AVO_OK;
}

static enum avo_error connected(struct avo_renewal_talk *talk) {
    enum avo_error error = talk->connected ? AVO_OK : avo_tcp_began(talk->fd);
    talk->connected = error == AVO_OK;
    return error;
}

enum avo_error avo_renewal_talk_turn(struct avo_renewal_talk *talk, struct avo_slice *signed_ticket, struct avo_ticket *ticket,
                                     struct avo_text *reason) {
    struct avo_slice reply = AVO_SLICE_EMPTY;
    enum avo_error error = connected(talk);
    if (error == AVO_EIO) {
        return say(reason, error, strerror(errno));
    }
    error = error == AVO_OK ? flush(talk) : error;
    error = error == AVO_OK ? receive(talk, &reply) : error;
    if (error == AVO_OK) {
        return check(talk, reply, signed_ticket, ticket, reason);
    }
    if (error == AVO_EBUSY) { /* what was asked only now goes out at once */
        error = talk->connected ? flush(talk) : error;
        return error == AVO_OK || error == AVO_EBUSY ? AVO_EBUSY : say(reason, error, "it ended the connection");
    }
    return say(reason, error,
               error == AVO_EIO ? "it ended the connection: it does not hold the pinned key, or see its log"
                                : avo_error_text(error));
}
