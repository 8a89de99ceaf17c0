# Ferry's own macros for configure.ac.

# FERRY_TRY_FLAGS(VARIABLE, FLAGS)
# Appends to VARIABLE each of FLAGS that compiler and linker take without a warning.  CFLAGS belongs to
# whoever calls configure and is as it was afterwards.
AC_DEFUN([FERRY_TRY_FLAGS], [
	AC_SUBST([$1])
	ferry_saved_cflags=$CFLAGS
	for ferry_flag in m4_normalize([$2]); do
		AC_MSG_CHECKING([whether $CC takes $ferry_flag])
		CFLAGS="$ferry_saved_cflags -Werror $ferry_flag"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("")]])],
			[AC_MSG_RESULT([yes]); $1="${$1:+$$1 }$ferry_flag"],
			[AC_MSG_RESULT([no])])
	done
	CFLAGS=$ferry_saved_cflags
])

# FERRY_ENABLE(NAME, HELP)
# --enable-NAME, off unless asked for; the answer is in enable_NAME.
AC_DEFUN([FERRY_ENABLE], [
	AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$2 @<:@no@:>@])], [], [enable_$1=no])
])

# FERRY_LIBRARY(NAME, PKG-CONFIG MODULE, DEBIAN PACKAGE)
# A library that Ferry cannot do without: NAME_CFLAGS and NAME_LIBS, or an error with its cure.
AC_DEFUN([FERRY_LIBRARY], [
	PKG_CHECK_MODULES([$1], [$2], [],
		[AC_MSG_ERROR([$2 is missing (Debian: apt install $3): $$1_PKG_ERRORS])])
])

# FERRY_FEATURE(NAME, OPTION, PKG-CONFIG MODULE, DEBIAN PACKAGE, WHAT FOR)
# --with-OPTION=yes, no or auto (the default): yes insists on the library, auto takes it where it is
# found.  Gives NAME_CFLAGS, NAME_LIBS, the conditional HAVE_NAME, and ferry_feature_OPTION as yes or no.
AC_DEFUN([FERRY_FEATURE], [
	AC_ARG_WITH([$2], [AS_HELP_STRING([--with-$2], [$5: yes, no or auto @<:@auto@:>@])],
		[], [with_$2=auto])
	ferry_feature_$2=no
	AS_CASE([$with_$2],
		[no], [],
		[yes | auto], [
			PKG_CHECK_MODULES([$1], [$3], [ferry_feature_$2=yes], [
				AS_IF([test "$with_$2" = yes],
					[AC_MSG_ERROR([$3 is missing (Debian: apt install $4): $$1_PKG_ERRORS])])
			])
		],
		[AC_MSG_ERROR([--with-$2 takes yes, no or auto, not "$with_$2"])])
	AM_CONDITIONAL([HAVE_$1], [test "$ferry_feature_$2" = yes])
])

# FERRY_NEED_C17
# Asks for C17 without extensions of the language; those of the C library come from config.h.
AC_DEFUN([FERRY_NEED_C17], [
	FERRY_TRY_FLAGS([STD_CFLAGS], [-std=c17])
	AS_IF([test -z "$STD_CFLAGS"], [AC_MSG_ERROR([$CC does not know C17: gcc 8 and clang 7 are the oldest that do])])
])

# FERRY_WARNINGS
# WARN_CFLAGS, with -Werror after --enable-werror.
AC_DEFUN([FERRY_WARNINGS], [
	FERRY_TRY_FLAGS([WARN_CFLAGS], [
		-Wall
		-Wextra
		-Wpedantic
		-Walloca
		-Wcast-align
		-Wconversion
		-Wdouble-promotion
		-Wduplicated-branches
		-Wduplicated-cond
		-Wformat=2
		-Wimplicit-fallthrough
		-Wlogical-op
		-Wmissing-declarations
		-Wmissing-prototypes
		-Wnull-dereference
		-Wold-style-definition
		-Wpointer-arith
		-Wredundant-decls
		-Wshadow
		-Wstrict-prototypes
		-Wundef
		-Wvla
		-Wwrite-strings
	])
	AS_IF([test "$enable_werror" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
])

# FERRY_SANITIZE
# SANITIZE_CFLAGS for everything that is compiled or linked, and FUZZ_LDFLAGS for fuzz targets.  Without
# --enable-fuzzers the targets are still built, with a main() that only replays the seeds.
AC_DEFUN([FERRY_SANITIZE], [
	AC_SUBST([FUZZ_LDFLAGS])
	ferry_fuzz_engine="seeds replayed only"
	AS_IF([test "$enable_sanitizers" = yes], [
		FERRY_TRY_FLAGS([SANITIZE_CFLAGS], [
			-fsanitize=address,undefined
			-fno-sanitize-recover=all
			-fno-omit-frame-pointer
		])
		AS_CASE([$SANITIZE_CFLAGS], [-fsanitize=*], [],
			[AC_MSG_ERROR([$CC cannot link with -fsanitize=address,undefined (Debian: gcc's are in libgcc-12-dev, clang's in libclang-rt-dev)])])
		AC_DEFINE([FERRY_SANITIZERS], [1], [Defined when built with sanitizers.])
	])
	AS_IF([test "$enable_fuzzers" = yes], [
		FERRY_TRY_FLAGS([SANITIZE_CFLAGS], [-fsanitize=fuzzer-no-link])
		AS_CASE([$SANITIZE_CFLAGS], [*fuzzer-no-link*], [],
			[AC_MSG_ERROR([$CC has no libFuzzer: configure with CC=clang (Debian: apt install clang libclang-rt-dev)])])
		FUZZ_LDFLAGS=-fsanitize=fuzzer
		ferry_fuzz_engine=libFuzzer
	])
	AM_CONDITIONAL([FUZZERS], [test "$enable_fuzzers" = yes])
])

# FERRY_HARDEN
# HARDEN_CPPFLAGS, HARDEN_CFLAGS and HARDEN_LDFLAGS.
AC_DEFUN([FERRY_HARDEN], [
	AC_SUBST([HARDEN_CPPFLAGS])
	FERRY_TRY_FLAGS([HARDEN_CFLAGS], [
		-fstack-protector-strong
		-fstack-clash-protection
		-fcf-protection=full
		-fPIE
	])
	FERRY_TRY_FLAGS([HARDEN_LDFLAGS], [
		-pie
		-Wl,-z,relro
		-Wl,-z,now
		-Wl,-z,noexecstack
		-Wl,--as-needed
	])
	dnl Without optimisation glibc answers FORTIFY with a warning; the sanitizers intercept the plain
	dnl functions and see less through the checked ones; and who set a level already shall have it.
	AS_IF([test "$enable_sanitizers$enable_fuzzers" = nono], [
		AC_MSG_CHECKING([which level of _FORTIFY_SOURCE works])
		ferry_fortify=
		ferry_saved_cppflags=$CPPFLAGS
		for ferry_level in 3 2; do
			CPPFLAGS="$ferry_saved_cppflags -DFERRY_LEVEL=$ferry_level"
			AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
				#if !defined(__OPTIMIZE__) || defined(_FORTIFY_SOURCE)
				#error "no room for it"
				#endif
				#define _FORTIFY_SOURCE FERRY_LEVEL
				#include <stdio.h>
				#if __USE_FORTIFY_LEVEL < FERRY_LEVEL
				#error "the C library knows less"
				#endif
			]])], [ferry_fortify=$ferry_level; break])
		done
		CPPFLAGS=$ferry_saved_cppflags
		AC_MSG_RESULT([${ferry_fortify:-left as it is}])
		AS_IF([test -n "$ferry_fortify"],
			[HARDEN_CPPFLAGS="-D_FORTIFY_SOURCE=$ferry_fortify"])
	])
])
