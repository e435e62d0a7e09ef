/* A line for a person, carried in messages: printable ASCII, bounded. */
#ifndef AVO_CONTROL_TEXT_H
#define AVO_CONTROL_TEXT_H

#include "base/cursor.h"
#include <avocado/error.h>

#define AVO_TEXT_MAX_BYTES 480

struct avo_text {
    uint16_t length;
    char bytes[AVO_TEXT_MAX_BYTES + 1]; /* terminated */
};

/* Empties it. */
void avo_text_clear(struct avo_text *text);
/* Appends; what does not fit is cut off, and what is not printable becomes '?', since parts of it come from strangers. */
void avo_text_add(struct avo_text *text, struct avo_slice bytes);
void avo_text_add_string(struct avo_text *text, const char *string);
void avo_text_add_number(struct avo_text *text, uint64_t number);
/* "before", number, "after". */
void avo_text_add_count(struct avo_text *text, const char *before, uint64_t number, const char *after);
/* "speaks wire version N, this program speaks version M: upgrade the older of the two". */
void avo_text_add_version(struct avo_text *text, uint8_t wire_version);
/* Lower-case hex. */
void avo_text_add_hex(struct avo_text *text, struct avo_slice bytes);

/* u16 length, bytes. The reader fails on anything not printable. */
void avo_text_write(struct avo_writer *writer, const struct avo_text *text);
void avo_text_read(struct avo_reader *reader, struct avo_text *text);

#endif
