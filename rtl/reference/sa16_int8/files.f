rtl/sparq_skew_line.v
rtl/sparq_clock_gate.v
rtl/sparq_control_register.v
rtl/sparq_skid_buffer.v
rtl/sparq_tile_gate.v
rtl/sparq_sa16_int8_pe.v
rtl/sparq_sa16_int8_array.v
