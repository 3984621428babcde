/* The functions that numpy calls and that Wine 8's ucrtbase.dll lacks; everything else is forwarded to it. */

typedef struct { float re, im; } float_complex;
typedef struct { double re, im; } double_complex;

float tach_crealf(float_complex z) { return z.re; }
float tach_cimagf(float_complex z) { return z.im; }
double tach_creal(double_complex z) { return z.re; }
double tach_cimag(double_complex z) { return z.im; }

int _fltused;

int __stdcall DllMainCRTStartup(void *module, unsigned reason, void *reserved)
{
    (void)module, (void)reason, (void)reserved;
    return 1;
}
