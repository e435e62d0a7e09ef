/* The dispatcher of the wire: it only dispatches; each message's layout lies in its own file. */
#include "protocol/wire/message.h"
#include "base/assert.h"

#define TYPE_BYTES 1

static size_t body_bytes(const struct avo_message *message) {
    switch (message->type) {
    case AVO_MESSAGE_QUERY:
        return avo_query_bytes(&message->query);
    case AVO_MESSAGE_ANSWER:
        return avo_answer_bytes(&message->answer);
    case AVO_MESSAGE_WRITE:
        return avo_write_message_bytes(&message->write);
    case AVO_MESSAGE_ACK:
        return avo_ack_bytes(&message->ack);
    case AVO_MESSAGE_REQUEST:
        return avo_request_bytes(&message->request);
    case AVO_MESSAGE_REPLY:
        return avo_reply_bytes(&message->reply);
    case AVO_MESSAGE_STATS_REQUEST:
        return 0;
    case AVO_MESSAGE_STATS_REPLY:
        return avo_figures_bytes(&message->stats_reply);
    case AVO_MESSAGE_SEGMENT:
        return avo_segment_bytes(&message->segment);
    case AVO_MESSAGE_PULL:
        return avo_pull_bytes(&message->pull);
    }
    avo_panic(__FILE__, __LINE__, "a message has a known type");
}

size_t avo_message_bytes(const struct avo_message *message) {
    return TYPE_BYTES + body_bytes(message);
}

void avo_message_write(struct avo_writer *writer, const struct avo_message *message) {
    avo_write_u8(writer, (uint8_t)message->type);
    switch (message->type) {
    case AVO_MESSAGE_QUERY:
        avo_query_write(writer, &message->query);
        return;
    case AVO_MESSAGE_ANSWER:
        avo_answer_write(writer, &message->answer);
        return;
    case AVO_MESSAGE_WRITE:
        avo_write_message_write(writer, &message->write);
        return;
    case AVO_MESSAGE_ACK:
        avo_ack_write(writer, &message->ack);
        return;
    case AVO_MESSAGE_REQUEST:
        avo_request_write(writer, &message->request);
        return;
    case AVO_MESSAGE_REPLY:
        avo_reply_write(writer, &message->reply);
        return;
    case AVO_MESSAGE_STATS_REQUEST:
        return;
    case AVO_MESSAGE_STATS_REPLY:
        avo_figures_write(writer, &message->stats_reply);
        return;
    case AVO_MESSAGE_SEGMENT:
        avo_segment_write(writer, &message->segment);
        return;
    case AVO_MESSAGE_PULL:
        avo_pull_write(writer, &message->pull);
        return;
    }
    avo_panic(__FILE__, __LINE__, "a message has a known type");
}

static void read_body(struct avo_reader *reader, struct avo_message *message) {
    switch ((int)message->type) {
    case AVO_MESSAGE_QUERY:
        avo_query_read(reader, &message->query);
        return;
    case AVO_MESSAGE_ANSWER:
        avo_answer_read(reader, &message->answer);
        return;
    case AVO_MESSAGE_WRITE:
        avo_write_message_read(reader, &message->write);
        return;
    case AVO_MESSAGE_ACK:
        avo_ack_read(reader, &message->ack);
        return;
    case AVO_MESSAGE_REQUEST:
        avo_request_read(reader, &message->request);
        return;
    case AVO_MESSAGE_REPLY:
        avo_reply_read(reader, &message->reply);
        return;
    case AVO_MESSAGE_STATS_REQUEST:
        return;
    case AVO_MESSAGE_STATS_REPLY:
        avo_figures_read(reader, &message->stats_reply);
        return;
    case AVO_MESSAGE_SEGMENT:
        avo_segment_read(reader, &message->segment);
        return;
    case AVO_MESSAGE_PULL:
        avo_pull_read(reader, &message->pull);
        return;
    default:
        avo_read_fail(reader);
    }
}

enum avo_error avo_message_read(struct avo_slice bytes, struct avo_message *message) {
    struct avo_reader reader = avo_reader(bytes);
    message->type = (enum avo_message_type)avo_read_u8(&reader);
    read_body(&reader, message);
    return avo_reader_done(&reader) ? AVO_OK : AVO_EFORMAT;
}

bool avo_frame_write(struct avo_writer *batch, const struct avo_message *message) {
    size_t bytes = avo_message_bytes(message);
    if (batch->failed || bytes > UINT16_MAX || 2 + bytes > batch->capacity - batch->length) {
        return false;
    }
    size_t end = batch->length + 2 + bytes;
    avo_write_u16(batch, (uint16_t)bytes);
    avo_message_write(batch, message);
    AVO_ASSERT(!batch->failed && batch->length == end);
    return true;
}

enum avo_error avo_frame_read(struct avo_reader *batch, struct avo_message *message) {
    if (batch->failed) {
        return AVO_EFORMAT;
    }
    if (batch->left == 0) {
        return AVO_ENOTFOUND;
    }
    size_t length = avo_read_u16(batch);
    struct avo_slice bytes = avo_read_slice(batch, length);
    enum avo_error error = batch->failed ? AVO_EFORMAT : avo_message_read(bytes, message);
    if (error != AVO_OK) {
        avo_read_fail(batch);
    }
    return error;
}
