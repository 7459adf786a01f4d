package Bench::Idle; use strict; use warnings; sub run { } 1;
