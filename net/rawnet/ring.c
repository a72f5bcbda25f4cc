/*
 * A ring of received packets. It holds as many as it has frames, while the queue of a socket holds what
 * net.core.rmem_max allows, which is a few hundred: too few for a process that others keep from running.
 */
#include "rawnet.h"
#include <linux/if_packet.h>
#include <sys/mman.h>

static size_t ring_bytes(const struct ring *ring) {
  return (size_t)ring->frames * ring->frame_bytes;
}

/* Blocks are pages: frames never straddle two of them when they divide a page. */
static int map_ring(int fd, struct ring *ring) {
  int version = TPACKET_V2;
  unsigned page_bytes = (unsigned)sysconf(_SC_PAGESIZE);
  if (page_bytes % ring->frame_bytes != 0 || ring_bytes(ring) % page_bytes != 0) return -EINVAL;
  struct tpacket_req request = {.tp_block_size = page_bytes,
                                .tp_block_nr = (unsigned)(ring_bytes(ring) / page_bytes),
                                .tp_frame_size = ring->frame_bytes,
                                .tp_frame_nr = ring->frames};
  if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0 ||
      setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) < 0)
    return -errno;
  char *start = mmap(NULL, ring_bytes(ring), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (start != MAP_FAILED) {
    ring->start = start;
    return 0;
  }
  int error = errno;
  setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &(struct tpacket_req){0}, sizeof request);
  return -error;
}

/* mapRing(frames, frameBytes): from now on a packet socket receives into the ring */
napi_value socket_map_ring(napi_env env, napi_callback_info info) {
  struct call call;
  int frames, frame_bytes;
  if (!read_method_call(env, info, &call) || !read_int(env, call.argument[0], &frames) ||
      !read_int(env, call.argument[1], &frame_bytes) || frames < 1 || frame_bytes < 1)
    return refuse(env, "mapRing(frames, frameBytes) takes two numbers");
  if (call.socket->ring.start != NULL) return number(env, -EBUSY);
  struct ring ring = {.frames = (unsigned)frames, .frame_bytes = (unsigned)frame_bytes};
  int status = map_ring(call.socket->fd, &ring);
  if (status == 0) call.socket->ring = ring;
  return number(env, status);
}

bool read_ring(struct ring *ring, void *data, size_t room, size_t *copied, size_t *length) {
  char *frame = ring->start + (size_t)ring->next * ring->frame_bytes;
  struct tpacket2_hdr *header = (struct tpacket2_hdr *)frame;
  if ((__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) return false;
  *length = header->tp_len;
  *copied = header->tp_snaplen < room ? header->tp_snaplen : room;
  memcpy(data, frame + header->tp_mac, *copied);
  __atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  ring->next = (ring->next + 1) % ring->frames;
  return true;
}

void unmap_ring(struct ring *ring) {
  if (ring->start != NULL) munmap(ring->start, ring_bytes(ring));
  ring->start = NULL;
}
