/* A LAS whose CAS and whose enclaves are the input: raw bytes, and any message inside a proper channel, in any order with lost
 * connections and a CPU that answers or does not. It vouches for nothing whose MAC does not verify. */
#include "base/assert.h"
#include "base/random.h"
#include "las/las.h"
#include "las/state.h"
#include "protocol/control/hello.h"
#include <string.h>

#define LOCALS 3
#define MEMORY_BYTES (1U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
    struct avo_reader input;
    struct avo_prng random;
    struct avo_aead *aead;
    struct avo_key_pair cas_key;
    struct avo_secure_stream cas;
    struct avo_las *las;
    bool open;
    bool genuine[LOCALS]; /* what it asked last was made under its own report key */
    uint32_t vouched;
};

static const uint8_t report_key[AVO_CMAC_KEY_BYTES] = {7};

static void step(struct fuzz *fuzz, struct avo_las_event event);

static void to_cas(struct fuzz *fuzz, struct avo_slice in) {
    uint8_t memory[256];
    struct avo_buffer out = {memory, 0, sizeof memory};
    struct avo_slice message;
    while (in.length > 0 && avo_secure_stream_read(&fuzz->cas, &fuzz->random.random, &in, &out, &message) == AVO_OK) {
    }
    if (out.length > 0) {
        struct avo_las_event event = {.kind = AVO_LAS_BYTES, .bytes = avo_buffer_slice(&out)};
        step(fuzz, event); /* the second handshake message: it says one thing more, which needs no answer */
    }
}

static void check_answer(struct fuzz *fuzz, const struct avo_las_effect *effect) {
    struct avo_local_message message;
    AVO_ASSERT(effect->local < LOCALS && avo_local_read(effect->bytes, &message) == AVO_OK);
    if (message.type == AVO_LOCAL_VOUCHER) {
        AVO_ASSERT(fuzz->genuine[effect->local] && avo_voucher_check(message.body) == AVO_OK);
        fuzz->vouched++;
    }
}

static void step(struct fuzz *fuzz, struct avo_las_event event) {
    struct avo_las_effects effects = avo_las_step(fuzz->las, &event);
    uint8_t sent[AVO_EVIDENCE_MAX_BYTES];
    size_t sent_length = 0;
    for (uint32_t i = 0; i < effects.count; i++) {
        const struct avo_las_effect *effect = &effects.effects[i];
        if (effect->kind == AVO_LAS_SEND) {
            avo_copy(sent, sizeof sent, effect->bytes);
            sent_length = effect->bytes.length;
        } else if (effect->kind == AVO_LAS_ANSWER) {
            check_answer(fuzz, effect);
        } else if (effect->kind == AVO_LAS_RECONNECT) {
            fuzz->open = false;
        }
    }
    to_cas(fuzz, avo_slice(sent, sent_length));
}

static void connect_cas(struct fuzz *fuzz) {
    avo_secure_stream_respond(&fuzz->cas, fuzz->aead, &fuzz->cas_key, avo_slice_string(AVO_CONTROL_PROLOGUE));
    fuzz->open = true;
    step(fuzz, (struct avo_las_event){.kind = AVO_LAS_OPENED});
}

static void say(struct fuzz *fuzz, struct avo_slice message) {
    uint8_t memory[1024];
    struct avo_buffer out = {memory, 0, sizeof memory};
    if (fuzz->open && fuzz->cas.ready && !fuzz->cas.broken && message.length > 0 &&
        avo_secure_stream_write(&fuzz->cas, message, &out) == AVO_OK) {
        step(fuzz, (struct avo_las_event){.kind = AVO_LAS_BYTES, .bytes = avo_buffer_slice(&out)});
    }
}

static void say_hello(struct fuzz *fuzz) {
    uint8_t bytes[128];
    struct avo_hello hello = {.nonce = {1}, .wire_version = AVO_WIRE_VERSION};
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_hello_write(&writer, &hello);
    say(fuzz, avo_writer_slice(&writer));
}

static void ask(struct fuzz *fuzz, uint32_t local, struct avo_slice message) {
    fuzz->genuine[local] = false;
    step(fuzz, (struct avo_las_event){.kind = AVO_LAS_LOCAL_MESSAGE, .local = local, .bytes = message});
}

/* A report with the right MAC, perhaps changed afterwards. */
static void ask_genuine(struct fuzz *fuzz, uint32_t local) {
    uint8_t report[AVO_LOCAL_REPORT_BYTES] = {0}, bytes[AVO_LOCAL_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    uint8_t at = avo_read_u8(&fuzz->input), change = avo_read_u8(&fuzz->input);
    enum avo_error error = avo_cmac_aes128(report_key, avo_slice(report, AVO_SGX_REPORT_BYTES),
                                           report + AVO_SGX_REPORT_BYTES + AVO_REPORT_KEY_ID_BYTES);
    AVO_ASSERT(error == AVO_OK);
    report[at] ^= change;
    avo_local_write(&writer, AVO_LOCAL_REPORT, 1, AVO_SLICE_OF(report));
    fuzz->genuine[local] = change == 0;
    step(fuzz, (struct avo_las_event){.kind = AVO_LAS_LOCAL_MESSAGE, .local = local, .bytes = avo_writer_slice(&writer)});
}

static void act(struct fuzz *fuzz) {
    static const uint8_t registered[] = {AVO_CONTROL_LAS_REGISTERED};
    uint8_t what = avo_read_u8(&fuzz->input);
    uint32_t local = what % LOCALS;
    switch (what / LOCALS % 10) {
    case 0:
        connect_cas(fuzz);
        break;
    case 1:
        say_hello(fuzz);
        break;
    case 2:
        step(fuzz, (struct avo_las_event){.kind = AVO_LAS_EVIDENCE_READY,
                                          .bytes = avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input))});
        break;
    case 3:
        say(fuzz, AVO_SLICE_OF(registered));
        break;
    case 4:
        say(fuzz, avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input)));
        break;
    case 5:
        ask_genuine(fuzz, local);
        break;
    case 6:
        ask(fuzz, local, avo_read_slice(&fuzz->input, avo_read_u16(&fuzz->input) % (AVO_LOCAL_MAX_BYTES + 8)));
        break;
    case 7:
        step(fuzz, (struct avo_las_event){
                       .kind = AVO_LAS_REPORT_KEY_READY, .local = local, .bytes = avo_slice(report_key, what < 128 ? 16 : 0)});
        break;
    case 8:
        fuzz->open = false;
        step(fuzz, (struct avo_las_event){.kind = local == 0 ? AVO_LAS_CLOSED : AVO_LAS_LOCAL_CLOSED, .local = local});
        break;
    default:
        step(fuzz, (struct avo_las_event){.kind = AVO_LAS_BYTES, .bytes = avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input))});
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static _Alignas(64) uint8_t memory[MEMORY_BYTES];
    static struct fuzz fuzz;
    avo_arena_end(memory, sizeof memory);
    memset(memory, 0, sizeof memory);
    memset(&fuzz, 0, sizeof fuzz);
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    fuzz.input = avo_reader(avo_slice(data, size));
    fuzz.random = avo_prng(1);
    fuzz.aead = avo_aead_create(&arena, AVO_AEAD_NETTLE);
    avo_key_pair_make(&fuzz.cas_key, &fuzz.random.random);
    struct avo_las_config config = {.local_max_count = LOCALS, .tee = 1, .aead = fuzz.aead, .random = &fuzz.random.random};
    memcpy(config.cas_public_key, fuzz.cas_key.public, sizeof config.cas_public_key);
    fuzz.las = avo_las_create(&arena, &config);
    AVO_ASSERT(fuzz.las != NULL);
    while (fuzz.input.left > 0 && !fuzz.input.failed) {
        act(&fuzz);
    }
    return 0;
}
