#include "las/cas_testing.h"
#include "protocol/control/hello.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define WAIT_MS 10000

static void cas_flush(struct cas *cas, struct avo_buffer *out) {
    assert_int_equal(write(cas->fd, out->data, out->length), out->length);
    out->length = 0;
}

struct avo_slice cas_hear(struct cas *cas) {
    for (;;) {
        uint8_t memory[512];
        struct avo_buffer out = {memory, 0, sizeof memory};
        struct avo_slice message = AVO_SLICE_EMPTY;
        if (cas->left.length == 0) {
            assert_int_equal(poll(&(struct pollfd){.fd = cas->fd, .events = POLLIN}, 1, WAIT_MS), 1);
            ssize_t got = read(cas->fd, cas->received, sizeof cas->received);
            assert_true(got > 0);
            cas->left = avo_slice(cas->received, (size_t)got);
        }
        assert_int_equal(avo_secure_stream_read(&cas->stream, &cas->random.random, &cas->left, &out, &message), AVO_OK);
        cas_flush(cas, &out);
        if (message.data != NULL) {
            return message;
        }
    }
}

void cas_say(struct cas *cas, struct avo_slice message) {
    uint8_t memory[512];
    struct avo_buffer out = {memory, 0, sizeof memory};
    assert_int_equal(avo_secure_stream_write(&cas->stream, message, &out), AVO_OK);
    cas_flush(cas, &out);
}

void cas_greet(struct cas *cas) {
    uint8_t bytes[512];
    struct avo_hello hello = {.nonce = {1}, .wire_version = AVO_WIRE_VERSION};
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_hello_write(&writer, &hello);
    cas_say(cas, avo_writer_slice(&writer));
}

void cas_refuse(struct cas *cas, enum avo_error error, const char *why) {
    uint8_t bytes[512];
    struct avo_text text = {0};
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_text_add_string(&text, why);
    avo_control_refused_write(&writer, error, &text);
    cas_say(cas, avo_writer_slice(&writer));
}

void cas_open(struct cas *cas, int listener, const struct avo_aead *aead, const struct avo_key_pair *key) {
    *cas = (struct cas){.fd = accept(listener, NULL, NULL), .random = avo_prng(3)};
    avo_secure_stream_respond(&cas->stream, aead, key, avo_slice_string(AVO_CONTROL_PROLOGUE));
    assert_int_equal(cas_hear(cas).length, 0);
    cas_greet(cas);
}
