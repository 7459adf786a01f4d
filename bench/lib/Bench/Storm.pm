package Bench::Storm; use strict; use warnings; sub reconnect{} sub signin {} sub slow {} 1;
