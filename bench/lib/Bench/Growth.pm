package Bench::Growth; use strict; use warnings; sub run { } 1;
