/* Stands in for libjbig (GPL) in the Linux bundle: libtiff finds its functions, and each refuses.

   Only TIFF files with JBIG compression need the real one, and a worker gives no TIFF file to Tesseract. */

#include <stddef.h>

enum { INVALID = 0x50 };

void jbg_dec_init(void *state) { (void)state; }
void jbg_dec_free(void *state) { (void)state; }
long jbg_dec_getsize(const void *state) { (void)state; return 0; }
unsigned char *jbg_dec_getimage(const void *state, int plane) { (void)state; (void)plane; return NULL; }
int jbg_dec_in(void *state, unsigned char *data, size_t length, size_t *used) {
    (void)state; (void)data; (void)length;
    if (used != NULL) *used = 0;
    return INVALID;
}
int jbg_newlen(unsigned char *data, size_t length) { (void)data; (void)length; return INVALID; }
const char *jbg_strerror(int code) { (void)code; return "JBIG is not supported"; }
void jbg_enc_init(void *state, unsigned long x, unsigned long y, int planes, unsigned char **p,
                  void (*put)(unsigned char *, size_t, void *), void *file) {
    (void)state; (void)x; (void)y; (void)planes; (void)p; (void)put; (void)file;
}
void jbg_enc_out(void *state) { (void)state; }
void jbg_enc_free(void *state) { (void)state; }
