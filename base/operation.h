/* What is done with a key, by the numbers that requests carry. */
#ifndef AVO_BASE_OPERATION_H
#define AVO_BASE_OPERATION_H

enum avo_operation {
    AVO_OPERATION_GET = 1,
    AVO_OPERATION_PUT = 2,
    AVO_OPERATION_DELETE = 3,
    AVO_OPERATION_OUTCOME = 4, /* of the put that was asked under the same id, and has arrived */
};

#endif
