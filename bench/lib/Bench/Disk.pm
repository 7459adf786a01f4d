package Bench::Disk; use strict; use warnings; sub run { } 1;
