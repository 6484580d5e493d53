/*
 * Stands between a program of sg3_utils and its device: a command is answered from the folder
 * SG_REPLAY, where a file with the CDB in hexadecimal as its name holds the data. What has no
 * file ends with an error, and its CDB and length are written to the file "asked".
 */
#include <errno.h>
#include <scsi/sg.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void path_of(char *path, size_t size, const char *name) {
  snprintf(path, size, "%s/%s", getenv("SG_REPLAY"), name);
}

static void note(const char *cdb, unsigned length) {
  char path[4096];
  path_of(path, sizeof path, "asked");
  FILE *asked = fopen(path, "a");
  if (asked == NULL) return;
  fprintf(asked, "%s %u\n", cdb, length);
  fclose(asked);
}

static void refuse(sg_io_hdr_t *io) {
  static const unsigned char sense[18] = {0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20};
  io->status = 2;
  io->sb_len_wr = io->mx_sb_len < sizeof sense ? io->mx_sb_len : sizeof sense;
  memcpy(io->sbp, sense, io->sb_len_wr);
}

static void answer(sg_io_hdr_t *io) {
  char cdb[2 * 255 + 1] = "", path[4096];
  for (int i = 0; i < io->cmd_len; i++) sprintf(cdb + 2 * i, "%02x", io->cmdp[i]);
  path_of(path, sizeof path, cdb);
  FILE *data = fopen(path, "rb");
  if (data == NULL) {
    note(cdb, io->dxfer_len);
    refuse(io);
    return;
  }
  size_t count = fread(io->dxferp, 1, io->dxfer_len, data);
  io->resid = (int)(io->dxfer_len - count);
  fclose(data);
}

int ioctl(int fd, unsigned long request, ...) {
  (void)fd;
  va_list arguments;
  va_start(arguments, request);
  sg_io_hdr_t *io = va_arg(arguments, sg_io_hdr_t *);
  va_end(arguments);
  if (request != SG_IO || io->interface_id != 'S') {
    errno = ENOTTY;
    return -1;
  }
  io->status = io->host_status = io->driver_status = io->sb_len_wr = 0;
  io->resid = 0;
  answer(io);
  return 0;
}
