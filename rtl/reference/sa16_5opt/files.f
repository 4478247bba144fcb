rtl/sparq_skew_line.v
rtl/sparq_skid_buffer.v
rtl/sparq_tile_gate.v
rtl/sparq_sa16_5opt_trim_round.v
rtl/sparq_sa16_5opt_pair_encoder.v
rtl/sparq_sa16_5opt_lane.v
rtl/sparq_sa16_5opt_pe.v
rtl/sparq_sa16_5opt_array.v
