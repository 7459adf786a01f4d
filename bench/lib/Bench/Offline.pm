package Bench::Offline; use strict; use warnings; sub run { } 1;
