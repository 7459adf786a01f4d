package Bench::Fanout; use strict; use warnings; sub run { } 1;
