#include "trusted/steward/driver.h"
#include "base/assert.h"
#include "boundary/relay.h"

struct avo_driver {
    struct avo_driver_config config;
    struct avo_steward *steward;
    struct avo_steward_effects effects;
    struct avo_mailboxes *mailboxes; /* one a worker */
    struct avo_stream_end from_host;
    struct avo_stream_end to_host;
    struct avo_relay_reader reader;
    struct avo_relay_writer writer;
    bool ended;
    /* What does not fit the stream yet, in the order in which it goes: nothing is taken in before it is out. */
    struct avo_buffer out;
    size_t out_sent;
    bool reopen;
    size_t to_las_length;
    uint8_t to_las[AVO_LOCAL_MAX_BYTES];
    uint8_t out_memory[2 * AVO_STEWARD_SEND_MAX_BYTES]; /* of two steps: what asked for evidence, and what has it */
    uint8_t evidence[AVO_EVIDENCE_MAX_BYTES];
};

struct avo_driver *avo_driver_create(struct avo_arena *arena, const struct avo_driver_config *config) {
    const struct avo_region_layout *layout = &config->steward.launch->layout;
    struct avo_driver *driver = avo_arena_take(arena, 1, sizeof *driver);
    struct avo_steward *steward = avo_steward_create(arena, &config->steward);
    struct avo_mailboxes *mailboxes = avo_arena_take(arena, layout->worker_count, sizeof *mailboxes);
    if (driver == NULL || steward == NULL || mailboxes == NULL) {
        return NULL;
    }
    driver->config = *config;
    driver->steward = steward;
    driver->mailboxes = mailboxes;
    driver->from_host = avo_region_stream_inbound(config->region, layout);
    driver->to_host = avo_region_stream_outbound(config->region, layout);
    driver->out = (struct avo_buffer){driver->out_memory, 0, sizeof driver->out_memory};
    return driver;
}

const struct avo_identity *avo_driver_identity(const struct avo_driver *driver) {
    return avo_steward_identity(driver->steward);
}

struct avo_mailboxes *avo_driver_mailboxes(struct avo_driver *driver, uint32_t index) {
    AVO_ASSERT(index < driver->config.steward.launch->layout.worker_count);
    return &driver->mailboxes[index];
}

static bool put(struct avo_driver *driver, enum avo_relay_kind kind, struct avo_slice bytes) {
    return avo_relay_write(&driver->writer, &driver->to_host, kind, bytes);
}

static bool out_flush(struct avo_driver *driver) {
    while (driver->out_sent < driver->out.length) {
        size_t left = driver->out.length - driver->out_sent;
        size_t chunk = left < AVO_RELAY_CHUNK_MAX_BYTES ? left : AVO_RELAY_CHUNK_MAX_BYTES;
        if (!put(driver, AVO_RELAY_BYTES, avo_slice(driver->out.data + driver->out_sent, chunk))) {
            return false;
        }
        driver->out_sent += chunk;
    }
    driver->out.length = 0;
    driver->out_sent = 0;
    return true;
}

/* Sends what it can. True when nothing is left. */
static bool flush(struct avo_driver *driver) {
    if (!avo_relay_flush(&driver->writer, &driver->to_host) || !out_flush(driver)) {
        return false;
    }
    driver->reopen = driver->reopen && !put(driver, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY);
    if (driver->to_las_length > 0 && put(driver, AVO_RELAY_LAS, avo_slice(driver->to_las, driver->to_las_length))) {
        driver->to_las_length = 0;
    }
    return avo_relay_flush(&driver->writer, &driver->to_host) && !driver->reopen && driver->to_las_length == 0;
}

static void out_add(struct avo_driver *driver, struct avo_slice bytes) {
    avo_copy(driver->out.data + driver->out.length, driver->out.capacity - driver->out.length, bytes);
    driver->out.length += bytes.length;
}

/* What the machine made; it is the steward's next event. */
static struct avo_steward_event evidence_make(struct avo_driver *driver, const struct avo_steward_effect *effect) {
    const struct avo_machine *machine = driver->config.machine;
    struct avo_buffer evidence = {driver->evidence, 0, sizeof driver->evidence};
    enum avo_error error = machine->evidence(machine->context, effect->report_data, &evidence);
    return (struct avo_steward_event){.type = AVO_STEWARD_EVIDENCE, .error = error, .bytes = avo_buffer_slice(&evidence)};
}

static struct avo_steward_event report_make(struct avo_driver *driver, const struct avo_steward_effect *effect) {
    const struct avo_machine *machine = driver->config.machine;
    enum avo_error error = machine->report(machine->context, effect->target, effect->report_data, driver->evidence);
    return (struct avo_steward_event){
        .type = AVO_STEWARD_REPORT, .error = error, .bytes = avo_slice(driver->evidence, AVO_LOCAL_REPORT_MESSAGE_BYTES)};
}

static void hand(struct avo_driver *driver, const struct avo_steward_effect *effect) {
    struct avo_letter letter = {.kind = AVO_LETTER_VIEW, .signed_view = *effect->view};
    bool posted = avo_mailbox_post(&avo_driver_mailboxes(driver, effect->worker)->to_worker, &letter);
    AVO_ASSERT(posted); /* one at a time: the worker has taken the one before */
}

/* True when `next` answers the effect. */
static bool carry_out(struct avo_driver *driver, const struct avo_steward_effect *effect, struct avo_steward_event *next) {
    const struct avo_machine *machine = driver->config.machine;
    switch (effect->type) {
    case AVO_STEWARD_SEND:
        out_add(driver, effect->bytes);
        return false;
    case AVO_STEWARD_REOPEN:
        driver->reopen = true;
        return false;
    case AVO_STEWARD_ASK_LAS:
        avo_copy(driver->to_las, sizeof driver->to_las, effect->bytes);
        driver->to_las_length = effect->bytes.length;
        return false;
    case AVO_STEWARD_MAKE_EVIDENCE:
        *next = evidence_make(driver, effect);
        return true;
    case AVO_STEWARD_MAKE_REPORT:
        *next = report_make(driver, effect);
        return true;
    case AVO_STEWARD_JOINED:
        return false; /* avo_driver_identity tells */
    case AVO_STEWARD_HAND:
        hand(driver, effect);
        return false;
    case AVO_STEWARD_SAY:
        machine->say(machine->context, effect->level, effect->text);
        return false;
    case AVO_STEWARD_END:
        driver->ended = true;
        machine->end(machine->context, effect->status, effect->text);
        return false;
    }
    return false;
}

/* One event, and those that answer what its effects ask for. */
static void run(struct avo_driver *driver, struct avo_steward_event event) {
    bool more = true;
    while (more && !driver->ended) {
        struct avo_steward_event next;
        more = false;
        avo_steward_step(driver->steward, &event, &driver->effects);
        for (uint32_t i = 0; i < driver->effects.count && !driver->ended; i++) {
            more |= carry_out(driver, &driver->effects.effects[i], &next);
        }
        if (more) {
            event = next;
        }
    }
}

static void frame_run(struct avo_driver *driver, const struct avo_relay_frame *frame) {
    switch (frame->kind) {
    case AVO_RELAY_OPENED:
        run(driver, (struct avo_steward_event){.type = AVO_STEWARD_OPENED});
        break;
    case AVO_RELAY_CLOSED:
        run(driver, (struct avo_steward_event){.type = AVO_STEWARD_CLOSED});
        break;
    case AVO_RELAY_BYTES:
        run(driver, (struct avo_steward_event){.type = AVO_STEWARD_BYTES, .bytes = frame->bytes});
        break;
    case AVO_RELAY_LAS:
        run(driver, (struct avo_steward_event){.type = AVO_STEWARD_LAS, .bytes = frame->bytes});
        break;
    }
}

static bool frame_take(struct avo_driver *driver) {
    struct avo_relay_frame frame;
    enum avo_error error = avo_relay_read(&driver->reader, &driver->from_host, &frame);
    if (error == AVO_OK) {
        frame_run(driver, &frame);
    } else if (error == AVO_EFORMAT) {
        struct avo_text text = {0};
        avo_text_add_string(&text, "slot ");
        avo_text_add_number(&text, driver->config.steward.launch->slot);
        avo_text_add_string(&text, ": the host breaks the rules of the control stream");
        driver->ended = true;
        driver->config.machine->end(driver->config.machine->context, AVO_ENDING_MACHINE, text.bytes);
    }
    return error == AVO_OK;
}

static struct avo_steward_event letter_event(uint32_t worker, const struct avo_letter *letter) {
    struct avo_steward_event event = {.type = AVO_STEWARD_VIEW, .worker = worker, .epoch = letter->epoch};
    if (letter->kind == AVO_LETTER_ADOPTED) {
        event.type = AVO_STEWARD_ADOPTED;
    } else if (letter->kind == AVO_LETTER_SYNCED) {
        event.type = AVO_STEWARD_SYNCED;
    } else {
        event.bytes = avo_slice(letter->signed_view.bytes, letter->signed_view.length);
    }
    return event;
}

static bool letter_take(struct avo_driver *driver, uint32_t worker) {
    struct avo_mailbox *box = &avo_driver_mailboxes(driver, worker)->to_steward;
    const struct avo_letter *letter = avo_mailbox_next(box);
    if (letter == NULL) {
        return false;
    }
    run(driver, letter_event(worker, letter));
    avo_mailbox_release(box);
    return true;
}

bool avo_driver_poll(struct avo_driver *driver) {
    bool passed = false;
    for (uint32_t i = 0; i < driver->config.steward.launch->layout.worker_count; i++) {
        passed |= !driver->ended && flush(driver) && letter_take(driver, i);
    }
    passed |= !driver->ended && flush(driver) && frame_take(driver);
    (void)flush(driver);
    return passed;
}
