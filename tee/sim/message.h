/* What a starter and the simulated CPU say to each other, one message a packet of a UNIX SEQPACKET socket.
 *
 * START: u32 magic, u8 kind, u8 argument count, then each argument: u16 length with its terminator, bytes. Descriptors go beside
 * it: the executable file, the log, then those that the program finds from AVO_INSTRUCTION_FIRST_PASSED_FD on. Answers: u32 magic,
 * u8 kind, then STARTED: u32 process id, measurement 32; REFUSED: text; later, once, ENDED: u32 wait status.
 */
#ifndef AVO_TEE_SIM_MESSAGE_H
#define AVO_TEE_SIM_MESSAGE_H

#include "base/cursor.h"
#include "tee/sim/measure.h"

#define AVO_SIMCPU_MAGIC 0x6d736f61U
#define AVO_SIMCPU_MESSAGE_MAX_BYTES 16384
#define AVO_SIMCPU_ARGUMENT_MAX_COUNT 64
#define AVO_SIMCPU_DESCRIPTOR_MAX_COUNT 128 /* in all, with file and log */
#define AVO_SIMCPU_DESCRIPTOR_FILE 0
#define AVO_SIMCPU_DESCRIPTOR_LOG 1
#define AVO_SIMCPU_DESCRIPTOR_FIRST_PASSED 2
#define AVO_SIMCPU_WHY_BYTES 256

enum avo_simcpu_kind { AVO_SIMCPU_START = 1, AVO_SIMCPU_STARTED = 2, AVO_SIMCPU_REFUSED = 3, AVO_SIMCPU_ENDED = 4 };

/* Terminated strings that the message holds; `text[count]` is NULL, as exec wants it. */
struct avo_simcpu_arguments {
    uint8_t count;
    char *text[AVO_SIMCPU_ARGUMENT_MAX_COUNT + 1];
};

struct avo_simcpu_answer {
    enum avo_simcpu_kind kind; /* not AVO_SIMCPU_START */
    uint32_t process_id;       /* STARTED */
    uint8_t measurement[AVO_MEASURE_BYTES];
    uint32_t wait_status;           /* ENDED */
    char why[AVO_SIMCPU_WHY_BYTES]; /* REFUSED; terminated, cut where it is longer */
};

/* The writer fails when an argument does not fit the message. */
void avo_simcpu_start_write(struct avo_writer *writer, const char *const *arguments, size_t argument_count);
/* AVO_EFORMAT unless `message` is exactly one START with 1 to AVO_SIMCPU_ARGUMENT_MAX_COUNT arguments. They point into `message`.
 */
AVO_MUST_USE enum avo_error avo_simcpu_start_read(uint8_t *message, size_t length, struct avo_simcpu_arguments *arguments);

void avo_simcpu_answer_write(struct avo_writer *writer, const struct avo_simcpu_answer *answer);
AVO_MUST_USE enum avo_error avo_simcpu_answer_read(struct avo_slice message, struct avo_simcpu_answer *answer);

#endif
