rtl/sparq_clock_gate.v
rtl/sparq_control_register.v
rtl/sparq_skid_buffer.v
rtl/sparq_tc4_5opt_trim_round.v
rtl/sparq_tc4_5opt_pair_encoder.v
rtl/sparq_tc4_5opt_lane.v
rtl/sparq_tc4_5opt_dot_unit.v
rtl/sparq_tc4_5opt_tensor_core.v
