// SPDX-License-Identifier: Apache-2.0
//
// A tensor core of conventional full-width multipliers as docs/tensor-core-interface.md states it,
// written by hand for the tests of the harness: behaviour, not hardware. It shares nothing with what
// the generator emits.
//
// The pipeline is one vector of results per cycle of latency; all of it stands still while a beat
// waits in the output buffer.

`default_nettype none

// Widths follow from context here, and a planted fault may leave something unused.
/* verilator lint_off WIDTH */
/* verilator lint_off UNUSED */

module tensor_core_model #(
    parameter Rows            = 2,
    parameter Cols            = 2,
    parameter Depth           = 4,
    parameter ActivationBits  = 8,
    parameter WeightBits      = 8,
    parameter AccumulatorBits = 32,
    parameter Sparse          = 0,  // 1: 2:4 weights
    parameter Latency         = 2
) (
    input  wire                                                    clk_i,
    input  wire                                                    rst_ni,
    input  wire                                                    clk_en_i,
    input  wire                                                    step_valid_i,
    output wire                                                    step_ready_o,
    input  wire [                    Rows*Depth*ActivationBits-1:0] step_activation_i,
    input  wire [Cols*(Sparse ? Depth/2*(WeightBits+2) : Depth*WeightBits)-1:0] step_weight_i,
    input  wire [                    Rows*Cols*AccumulatorBits-1:0] step_addend_i,
    output wire                                                    result_valid_o,
    input  wire                                                    result_ready_i,
    output wire [                    Rows*Cols*AccumulatorBits-1:0] result_data_o
);

  localparam SlotBits = WeightBits + 2;
  localparam SliceBits = Sparse ? Depth / 2 * SlotBits : Depth * WeightBits;
  localparam BeatBits = Rows * Cols * AccumulatorBits;

  // ---------------------------------------------------------------- what a step gives
  reg [BeatBits-1:0] sums;
  reg [AccumulatorBits-1:0] sum;
  reg [ActivationBits-1:0] x;
  reg [WeightBits-1:0] w;
  integer r, c, k, slot;
  always @* begin
    sums = 0;
    x = 0;
    w = 0;
    slot = 0;
    for (r = 0; r < Rows; r = r + 1) begin
      for (c = 0; c < Cols; c = c + 1) begin
        sum = step_addend_i[(r*Cols+c)*AccumulatorBits+:AccumulatorBits];
        for (k = 0; k < (Sparse ? Depth / 2 : Depth); k = k + 1) begin
          if (Sparse) begin
            // Slot k serves group k / 2; its index stands above its value.
            slot = c * SliceBits + k * SlotBits;
            w = step_weight_i[slot+:WeightBits];
            x = step_activation_i[(r*Depth+k/2*4+{30'd0, step_weight_i[slot+WeightBits+:2]})*ActivationBits+:ActivationBits];
          end else begin
            w = step_weight_i[c*SliceBits+k*WeightBits+:WeightBits];
            x = step_activation_i[(r*Depth+k)*ActivationBits+:ActivationBits];
          end
          sum = sum + {{(AccumulatorBits-ActivationBits){1'b0}}, x}
                    * {{(AccumulatorBits-WeightBits){w[WeightBits-1]}}, w};
        end
        sums[(r*Cols+c)*AccumulatorBits+:AccumulatorBits] = sum;
      end
    end
  end

  // ---------------------------------------------------------------- when
  reg [Latency-1:0] valid_q;             // valid_q[i]: accepted i + 1 cycles ago
  reg [Latency*BeatBits-1:0] data_q;
  reg full_q;                            // a beat waits here
  reg [BeatBits-1:0] waiting_q;

  wire arrives = valid_q[Latency-1];
  wire [BeatBits-1:0] arriving = data_q[(Latency-1)*BeatBits+:BeatBits];

  assign step_ready_o   = clk_en_i && !full_q;
  assign result_valid_o = clk_en_i && (full_q || arrives);
  assign result_data_o  = full_q ? waiting_q : arriving;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 0;
      full_q  <= 0;
    end else if (clk_en_i) begin
      full_q <= (full_q || arrives) && !result_ready_i;
      if (!full_q) valid_q <= {valid_q[Latency-2:0], step_valid_i};
    end
  end

  always @(posedge clk_i) begin
    if (clk_en_i && !full_q) begin
      data_q    <= {data_q[(Latency-1)*BeatBits-1:0], sums};
      waiting_q <= arriving;
    end
  end

endmodule

`default_nettype wire
