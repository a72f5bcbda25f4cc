/* Many messages in one system call: sendmmsg(2) and recvmmsg(2). */
#include "rawnet.h"

#define MAX_BATCH 256 /* bounds the stack that the headers need (20 kB) */
#define NAME_BYTES sizeof(struct sockaddr_storage)

/* One element of the array [data, to, data, to, ...]. */
static bool read_element(napi_env env, napi_value array, uint32_t index, struct bytes *result) {
  napi_value element;
  return napi_get_element(env, array, index, &element) == napi_ok && read_bytes(env, element, result);
}

/* sendBatch([data, to, data, to, ...]): returns how many messages were taken, at most MAX_BATCH */
napi_value socket_send_batch(napi_env env, napi_callback_info info) {
  struct call call;
  struct mmsghdr headers[MAX_BATCH];
  struct iovec vectors[MAX_BATCH];
  uint32_t length;
  if (!read_method_call(env, info, &call) || napi_get_array_length(env, call.argument[0], &length) != napi_ok)
    return refuse(env, "sendBatch(messages) takes an array");
  unsigned count = length / 2 < MAX_BATCH ? length / 2 : MAX_BATCH;
  for (unsigned i = 0; i < count; i++) {
    struct bytes data, to;
    if (!read_element(env, call.argument[0], 2 * i, &data) || !read_element(env, call.argument[0], 2 * i + 1, &to))
      return refuse(env, "a message is a Uint8Array, and so is its address");
    vectors[i] = (struct iovec){data.start, data.length};
    headers[i].msg_hdr = (struct msghdr){
        .msg_name = to.start, .msg_namelen = (socklen_t)to.length, .msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  return outcome(env, sendmmsg(call.socket->fd, headers, count, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/*
 * sendFrames(block, frameBytes, first, count): frames of one length that lie behind one another, from the `first` on.
 * Returns how many were taken, at most MAX_BATCH. The socket knows where to.
 */
napi_value socket_send_frames(napi_env env, napi_callback_info info) {
  struct call call;
  struct bytes block;
  struct mmsghdr headers[MAX_BATCH];
  struct iovec vectors[MAX_BATCH];
  int frame_bytes, first, count;
  if (!read_method_call(env, info, &call) || !read_bytes(env, call.argument[0], &block) ||
      !read_int(env, call.argument[1], &frame_bytes) || !read_int(env, call.argument[2], &first) ||
      !read_int(env, call.argument[3], &count) || frame_bytes < 1 || first < 0 || count < 0 ||
      ((size_t)first + (size_t)count) * (size_t)frame_bytes > block.length)
    return refuse(env, "sendFrames(block, frameBytes, first, count): the frames are not in the block");
  if (count > MAX_BATCH) count = MAX_BATCH;
  for (int i = 0; i < count; i++) {
    vectors[i] = (struct iovec){(char *)block.start + ((size_t)first + (size_t)i) * (size_t)frame_bytes, (size_t)frame_bytes};
    headers[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  return outcome(env, sendmmsg(call.socket->fd, headers, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/*
 * One block of memory takes a whole batch. TypeScript allocates it and reads it in place:
 *
 *   | results: slots x 16 | names: slots x NAME_BYTES | control: slots x control_bytes | data: slots x data_bytes |
 */
struct result {
  uint32_t data_bytes;
  uint32_t name_bytes;
  uint32_t control_bytes;
  uint32_t flags;
};

struct batch {
  unsigned slots;
  size_t data_bytes, control_bytes; /* room in one slot */
  struct result *results;
  char *names, *control, *data;
};

/* Fails unless the block is exactly a batch of `slots`. */
static bool divide_block(struct bytes block, int slots, int control_bytes, struct batch *batch) {
  if (slots < 1 || slots > MAX_BATCH || control_bytes < 0) return false;
  size_t fixed_bytes = sizeof(struct result) + NAME_BYTES + (size_t)control_bytes;
  size_t slot_bytes = block.length / (size_t)slots;
  if (slot_bytes * (size_t)slots != block.length || slot_bytes < fixed_bytes) return false;
  batch->slots = (unsigned)slots;
  batch->control_bytes = (size_t)control_bytes;
  batch->data_bytes = slot_bytes - fixed_bytes;
  batch->results = block.start;
  batch->names = (char *)(batch->results + slots);
  batch->control = batch->names + batch->slots * NAME_BYTES;
  batch->data = batch->control + batch->slots * batch->control_bytes;
  return true;
}

static void point_headers(const struct batch *batch, struct mmsghdr *headers, struct iovec *vectors) {
  for (unsigned i = 0; i < batch->slots; i++) {
    vectors[i] = (struct iovec){batch->data + i * batch->data_bytes, batch->data_bytes};
    headers[i].msg_hdr = (struct msghdr){.msg_name = batch->names + i * NAME_BYTES,
                                         .msg_namelen = NAME_BYTES,
                                         .msg_iov = &vectors[i],
                                         .msg_iovlen = 1,
                                         .msg_control = batch->control + i * batch->control_bytes,
                                         .msg_controllen = batch->control_bytes};
  }
}

static void write_results(const struct batch *batch, const struct mmsghdr *headers, int count) {
  for (int i = 0; i < count; i++) {
    const struct msghdr *header = &headers[i].msg_hdr;
    batch->results[i] = (struct result){.data_bytes = headers[i].msg_len,
                                        .name_bytes = header->msg_namelen,
                                        .control_bytes = (uint32_t)header->msg_controllen,
                                        .flags = (uint32_t)header->msg_flags};
  }
}

/* What the ring has, without names and control messages. */
static int receive_from_ring(struct ring *ring, const struct batch *batch) {
  unsigned count = 0;
  size_t copied, length;
  for (; count < batch->slots; count++) {
    if (!read_ring(ring, batch->data + count * batch->data_bytes, batch->data_bytes, &copied, &length)) break;
    batch->results[count] =
        (struct result){.data_bytes = (uint32_t)copied, .flags = length > copied ? (uint32_t)MSG_TRUNC : 0};
  }
  return (int)count;
}

/* receive(block, slots, controlBytes, flags): returns how many messages are in the block now. The flags are recvmmsg's */
napi_value socket_receive(napi_env env, napi_callback_info info) {
  struct call call;
  struct bytes block;
  struct batch batch;
  int slots, control_bytes, flags;
  struct mmsghdr headers[MAX_BATCH];
  struct iovec vectors[MAX_BATCH];
  if (!read_method_call(env, info, &call) || !read_bytes(env, call.argument[0], &block) ||
      !read_int(env, call.argument[1], &slots) || !read_int(env, call.argument[2], &control_bytes) ||
      !read_int(env, call.argument[3], &flags) || !divide_block(block, slots, control_bytes, &batch))
    return refuse(env, "receive(block, slots, controlBytes, flags): the block does not fit the slots");
  int watch_error = call.socket->watch_error;
  call.socket->watch_error = 0;
  if (watch_error < 0) return number(env, watch_error);
  int count = call.socket->ring.start != NULL ? receive_from_ring(&call.socket->ring, &batch) : 0;
  if (count > 0) return number(env, count);
  point_headers(&batch, headers, vectors); /* also with a ring: errors come this way */
  count = recvmmsg(call.socket->fd, headers, batch.slots, MSG_DONTWAIT | flags, NULL);
  if (count < 0) return number(env, -errno);
  write_results(&batch, headers, count);
  return number(env, count);
}
