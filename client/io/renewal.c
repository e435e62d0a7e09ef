#include "client/io/renewal.h"
#include "client/io/renewal_talk.h"
#include <string.h>

#define SECOND_US 1000000ULL

static uint64_t due_at(uint64_t left_s, uint64_t now_us) {
    return left_s <= AVO_TICKET_RENEW_S ? now_us : now_us + (left_s - AVO_TICKET_RENEW_S) * SECOND_US;
}

void avo_renewal_open(struct avo_renewal *renewal, struct avo_profile *profile, struct avo_client_core *core,
                      const struct avo_aead *aead, struct avo_random *random, uint64_t now_us, uint64_t now_s) {
    uint64_t expires_s = profile->ticket.expires_s;
    uint64_t left_s = now_s < expires_s ? expires_s - now_s : 0;
    *renewal = (struct avo_renewal){.profile = profile, .core = core, .aead = aead, .random = random, .fd = -1};
    renewal->due_us = due_at(left_s < AVO_TICKET_LIFETIME_S ? left_s : AVO_TICKET_LIFETIME_S, now_us); /* a clock may be behind */
}

static void talk_end(struct avo_renewal *renewal) {
    avo_renewal_talk_close(renewal->talk, renewal->fd);
    renewal->talk = NULL;
    renewal->fd = -1;
}

void avo_renewal_close(struct avo_renewal *renewal) {
    if (renewal->talk != NULL) {
        talk_end(renewal);
    }
}

/* A ticket of the same user and cluster, checked; its life begins now. */
static void take(struct avo_renewal *renewal, struct avo_slice signed_ticket, const struct avo_ticket *ticket, uint64_t left_s,
                 uint64_t now_us) {
    struct avo_profile *profile = renewal->profile;
    avo_copy(profile->ticket_bytes, sizeof profile->ticket_bytes, signed_ticket);
    profile->ticket_length = signed_ticket.length;
    profile->ticket = *ticket;
    avo_client_core_ticket_set(renewal->core, signed_ticket);
    renewal->due_us = due_at(left_s, now_us);
    renewal->failed_us = renewal->backoff_us = 0;
    renewal->renewed_count++;
    avo_text_clear(&renewal->reason);
}

/* Another process with this profile has renewed it. */
static bool file_take(struct avo_renewal *renewal, uint64_t now_us) {
    struct avo_profile *file = avo_profile_reopen(renewal->profile, avo_client_core_key(renewal->core));
    bool newer = file != NULL && avo_ticket_newer(&file->ticket, &renewal->profile->ticket);
    if (newer) {
        uint64_t gained_s = file->ticket.expires_s - renewal->profile->ticket.expires_s;
        take(renewal, avo_slice(file->ticket_bytes, file->ticket_length), &file->ticket,
             gained_s < AVO_TICKET_LIFETIME_S ? gained_s : AVO_TICKET_LIFETIME_S, now_us);
    }
    avo_profile_close(file);
    return newer;
}

/* Where it cannot be written, or is no longer this client's, the ticket stays in memory. */
static void file_write(struct avo_renewal *renewal) {
    struct avo_why why;
    (void)!avo_profile_ticket_save(renewal->profile, avo_client_core_key(renewal->core), &why);
}

static void fail(struct avo_renewal *renewal, enum avo_error error, uint64_t now_us) {
    uint64_t doubled = renewal->backoff_us == 0 ? AVO_RENEWAL_BACKOFF_MIN_US : 2 * renewal->backoff_us;
    bool hopeless = error == AVO_EDENIED; /* the CAS has spoken: not before the policy changes */
    renewal->backoff_us = hopeless || doubled > AVO_RENEWAL_BACKOFF_MAX_US ? AVO_RENEWAL_BACKOFF_MAX_US : doubled;
    renewal->failed_us = now_us;
    renewal->due_us = now_us + renewal->backoff_us;
    talk_end(renewal);
    if (avo_client_core_ticket_ended(renewal->core)) {
        avo_client_core_ticket_give_up(renewal->core);
    }
}

/* Nodes have said that it ended: at once, but not again and again. */
static bool wanted(struct avo_renewal *renewal, uint64_t now_us) {
    if (!avo_client_core_ticket_ended(renewal->core)) {
        return now_us >= renewal->due_us;
    }
    uint64_t pause_us = renewal->backoff_us < AVO_RENEWAL_ENDED_MAX_US ? renewal->backoff_us : AVO_RENEWAL_ENDED_MAX_US;
    if (renewal->failed_us == 0 || now_us >= renewal->failed_us + pause_us) {
        return true;
    }
    avo_client_core_ticket_give_up(renewal->core);
    return false;
}

static void begin(struct avo_renewal *renewal, uint64_t now_us) {
    if (file_take(renewal, now_us)) {
        return;
    }
    renewal->due_us = now_us + AVO_RENEWAL_TIMEOUT_US; /* of the attempt, while it lasts */
    renewal->talk = avo_renewal_talk_open(renewal->profile, avo_client_core_key(renewal->core), renewal->aead, renewal->random,
                                          &renewal->fd, &renewal->reason);
    if (renewal->talk == NULL) {
        fail(renewal, AVO_EIO, now_us);
    }
}

/* A CAS whose clock is behind gives a ticket that ends earlier than the one in hand: that one serves on while it does. */
static void finish(struct avo_renewal *renewal, struct avo_slice signed_ticket, const struct avo_ticket *ticket, uint64_t now_us) {
    bool ended = avo_client_core_ticket_ended(renewal->core);
    if (!ended && !avo_ticket_newer(ticket, &renewal->profile->ticket)) {
        avo_text_clear(&renewal->reason);
        avo_text_add_string(&renewal->reason, "CAS: the ticket it gives ends earlier than the one in hand: set its clock");
        fail(renewal, AVO_ESTALE, now_us);
        return;
    }
    take(renewal, signed_ticket, ticket, AVO_TICKET_LIFETIME_S, now_us);
    renewal->failed_us = ended ? now_us : 0; /* should nodes refuse this one too, asking again at once will not help */
    renewal->backoff_us = ended ? AVO_RENEWAL_BACKOFF_MIN_US : 0;
    talk_end(renewal);
    file_write(renewal);
}

void avo_renewal_turn(struct avo_renewal *renewal, uint64_t now_us) {
    struct avo_slice signed_ticket;
    struct avo_ticket ticket;
    if (renewal->talk == NULL && wanted(renewal, now_us)) {
        begin(renewal, now_us);
    }
    if (renewal->talk == NULL) {
        return;
    }
    enum avo_error error = avo_renewal_talk_turn(renewal->talk, &signed_ticket, &ticket, &renewal->reason);
    if (error == AVO_OK) {
        finish(renewal, signed_ticket, &ticket, now_us);
    } else if (error != AVO_EBUSY) {
        fail(renewal, error, now_us);
    } else if (now_us >= renewal->due_us) {
        avo_text_clear(&renewal->reason);
        avo_text_add_string(&renewal->reason, "CAS: no answer in time: is avocado-cas running where the profile says?");
        fail(renewal, AVO_ETIMEOUT, now_us);
    }
}

uint64_t avo_renewal_wake_us(const struct avo_renewal *renewal, uint64_t now_us) {
    bool ended = avo_client_core_ticket_ended(renewal->core);
    return renewal->talk != NULL || ended ? now_us + AVO_RENEWAL_TURN_US : renewal->due_us;
}

struct pollfd avo_renewal_poll(const struct avo_renewal *renewal) {
    bool sends = renewal->talk != NULL && avo_renewal_talk_sends(renewal->talk);
    return (struct pollfd){.fd = renewal->fd, .events = sends ? POLLOUT : POLLIN};
}
