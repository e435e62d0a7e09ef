/* The dispatcher of the wire: it only dispatches; each message's layout lies in its own file. */
#include "protocol/wire/message.h"
#include "base/assert.h"

#define LENGTH_BYTES 2 /* of a frame, before its type */

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
    case AVO_MESSAGE_SYNC_ASK:
        avo_sync_ask_write(writer, &message->sync_ask);
        return;
    case AVO_MESSAGE_SYNC_PIECE:
        avo_sync_piece_write(writer, &message->sync_piece);
        return;
    case AVO_MESSAGE_COMPARE:
        avo_compare_write(writer, &message->compare);
        return;
    case AVO_MESSAGE_DIGEST:
        avo_digest_message_write(writer, &message->digest);
        return;
    case AVO_MESSAGE_ENUMERATE:
        avo_enumerate_write(writer, &message->enumerate);
        return;
    case AVO_MESSAGE_LISTING:
        avo_listing_write(writer, &message->listing);
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
    case AVO_MESSAGE_PROBE:
        avo_probe_write(writer, &message->probe);
        return;
    case AVO_MESSAGE_PROBED:
        avo_probed_write(writer, &message->probe);
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
    case AVO_MESSAGE_SYNC_ASK:
        avo_sync_ask_read(reader, &message->sync_ask);
        return;
    case AVO_MESSAGE_SYNC_PIECE:
        avo_sync_piece_read(reader, &message->sync_piece);
        return;
    case AVO_MESSAGE_COMPARE:
        avo_compare_read(reader, &message->compare);
        return;
    case AVO_MESSAGE_DIGEST:
        avo_digest_message_read(reader, &message->digest);
        return;
    case AVO_MESSAGE_ENUMERATE:
        avo_enumerate_read(reader, &message->enumerate);
        return;
    case AVO_MESSAGE_LISTING:
        avo_listing_read(reader, &message->listing);
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
    case AVO_MESSAGE_PROBE:
        avo_probe_read(reader, &message->probe);
        return;
    case AVO_MESSAGE_PROBED:
        avo_probed_read(reader, &message->probe);
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

size_t avo_message_bytes(const struct avo_message *message) {
    struct avo_writer measure = avo_writer_measure();
    avo_message_write(&measure, message);
    return measure.length;
}

bool avo_frame_write(struct avo_writer *batch, const struct avo_message *message) {
    size_t left = batch->capacity - batch->length;
    if (batch->failed || left < LENGTH_BYTES) {
        return false;
    }
    size_t room = left - LENGTH_BYTES < UINT16_MAX ? left - LENGTH_BYTES : UINT16_MAX;
    struct avo_writer frame = avo_writer(batch->data + batch->length + LENGTH_BYTES, room);
    avo_message_write(&frame, message);
    if (frame.failed) {
        return false;
    }
    avo_write_u16(batch, (uint16_t)frame.length);
    batch->length += frame.length;
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
