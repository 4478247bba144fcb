// SPDX-License-Identifier: Apache-2.0
//
// How sums, products and choices are built, as Yosys techmap rules. What is written as `+` and `*` then
// reaches the library's own full and half adders, alike in every design; adder_cells.v, made from the
// library, takes the place of sparq_fa.

// A sum is a chain of full adders as long as the narrower operand, its sign left out. Above it, the
// wider one goes up by one where a carry arrives, or down where the narrower is negative and none
// does: whether a bit flips then depends on the bits between, known early in an accumulator.
// Increments, very short sums and the lowest bit of each chain, a half adder, are left to ABC, which
// shares their gates with the logic around them.
//
// LOOKAHEAD_SUMS leaves all of them to Yosys.
`ifndef LOOKAHEAD_SUMS
(* techmap_celltype = "$add" *)
module sparq_add (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  input [A_WIDTH-1:0] A;
  input [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;

  localparam Shortest = 4;
  wire _TECHMAP_FAIL_ = A_WIDTH < Shortest || B_WIDTH < Shortest;

  localparam Narrower = A_WIDTH < B_WIDTH ? A_WIDTH : B_WIDTH;
  localparam NarrowerSigned = A_WIDTH < B_WIDTH ? A_SIGNED : B_SIGNED;
  localparam Chain = Narrower + Shortest > Y_WIDTH ? Y_WIDTH : Narrower - NarrowerSigned;

  wire [Y_WIDTH-1:0] a;
  wire [Y_WIDTH-1:0] b;
  \$pos #(.A_SIGNED(A_SIGNED), .A_WIDTH(A_WIDTH), .Y_WIDTH(Y_WIDTH)) u_a (.A(A), .Y(a));
  \$pos #(.A_SIGNED(B_SIGNED), .A_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)) u_b (.A(B), .Y(b));

  // Where both have room for the sum, their two highest bits are the same net. These weigh negatively,
  // and the carry of their complements is the complement of the sum's sign.
  parameter _TECHMAP_BITS_CONNMAP_ = 1;
  parameter _TECHMAP_CONNMAP_A_ = 0;
  parameter _TECHMAP_CONNMAP_B_ = 0;
  localparam Bits = _TECHMAP_BITS_CONNMAP_;
  localparam RoomA = A_WIDTH < Y_WIDTH ? A_SIGNED :
      _TECHMAP_CONNMAP_A_[(A_WIDTH-1)*Bits +: Bits] == _TECHMAP_CONNMAP_A_[(A_WIDTH-2)*Bits +: Bits];
  localparam RoomB = B_WIDTH < Y_WIDTH ? B_SIGNED :
      _TECHMAP_CONNMAP_B_[(B_WIDTH-1)*Bits +: Bits] == _TECHMAP_CONNMAP_B_[(B_WIDTH-2)*Bits +: Bits];
  localparam Sign = Chain == Y_WIDTH && RoomA && RoomB ? Y_WIDTH - 2 : Y_WIDTH;  // its place, or none

  wire [Chain:1] carry;

  genvar i;
  generate
    for (i = 0; i < Chain; i = i + 1) begin : gen_bit
      if (i == 0) begin : gen_lowest
        assign Y[0] = a[0] ^ b[0];
        assign carry[1] = a[0] && b[0];
      end else if (i == Sign + 1) begin : gen_sign
        assign Y[i] = ~carry[i];
      end else if (i == Sign) begin : gen_negative
        sparq_fa u_fa (.a(~a[i]), .b(~b[i]), .c(carry[i]), .sum(Y[i]), .carry(carry[i+1]));
      end else if (i == Y_WIDTH - 1) begin : gen_last  // nobody reads its carry
        assign Y[i] = a[i] ^ b[i] ^ carry[i];
      end else begin : gen_next
        sparq_fa u_fa (.a(a[i]), .b(b[i]), .c(carry[i]), .sum(Y[i]), .carry(carry[i+1]));
      end
    end

    if (Chain < Y_WIDTH) begin : gen_above
      wire [Y_WIDTH-1:Chain] wide = A_WIDTH < B_WIDTH ? b[Y_WIDTH-1:Chain] : a[Y_WIDTH-1:Chain];
      wire negative = A_WIDTH < B_WIDTH ? a[Chain] : b[Chain];
      // Bits by turns want both polarities of up and down. Each has gates of its own: inverters
      // behind shared ones would be late.
      wire carry_again;
      sparq_barrier u_carry (.a(carry[Chain]), .y(carry_again));
      wire [1:0] carries = {carry_again, carry[Chain]};
      wire [1:0] up = carries & {2{!negative}};
      wire [1:0] down = ~carries & {2{negative}};
      wire [Y_WIDTH-1:Chain] ones;   // all bits below are 1
      wire [Y_WIDTH-1:Chain] zeros;  // all bits below are 0
      assign ones[Chain] = 1'b1;
      assign zeros[Chain] = 1'b1;
      for (i = Chain; i < Y_WIDTH; i = i + 1) begin : gen_bit
        // Chains are NAND and NOR by turns: every other bit gets them inverted.
        localparam Inverts = (i + Chain + 1) % 2;
        wire early_ones;
        wire early_zeros;
        if (i > Chain) begin : gen_below
          assign ones[i] = ones[i-1] && wide[i-1];
          assign zeros[i] = zeros[i-1] && !wide[i-1];
        end
        if (i > Chain + 1) begin : gen_early
          wire through_ones;
          wire through_zeros;
          sparq_barrier u_ones (.a(Inverts ? ~ones[i] : ones[i]), .y(through_ones));
          sparq_barrier u_zeros (.a(Inverts ? ~zeros[i] : zeros[i]), .y(through_zeros));
          assign early_ones = Inverts ? ~through_ones : through_ones;
          assign early_zeros = Inverts ? ~through_zeros : through_zeros;
        end else begin : gen_lowest
          assign early_ones = ones[i];
          assign early_zeros = zeros[i];
        end
        assign Y[i] = wide[i] ^ ((up[Inverts] && early_ones) || (down[Inverts] && early_zeros));
      end
    end
  endgenerate
endmodule
`endif

// A product adds one row a[i] * b for every bit of a, in a column of N-bit chains. A signed b has the
// bits of negative weight inverted (Baugh and Wooley, 1973), which leaves a constant: the first row
// and the last carry absorb it. A signed a has its highest row subtracted, as the complement plus
// one.
(* techmap_celltype = "$mul" *)
module sparq_mul (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  input [A_WIDTH-1:0] A;
  input [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;

  // A sign bit that is always 0 says that the operand is unsigned.
  parameter _TECHMAP_CONSTMSK_A_ = 0;
  parameter _TECHMAP_CONSTVAL_A_ = 0;
  localparam Positive = _TECHMAP_CONSTMSK_A_[A_WIDTH-1] && !_TECHMAP_CONSTVAL_A_[A_WIDTH-1];
  localparam Rows = A_SIGNED && Positive ? A_WIDTH - 1 : A_WIDTH;
  localparam Subtracts = A_SIGNED && !Positive;
  wire _TECHMAP_FAIL_ = Rows < 2 || B_WIDTH < 2;

  wire [Rows+B_WIDTH-1:0] product;

  genvar i, j;
  generate
    for (i = 0; i < Rows; i = i + 1) begin : gen_row
      wire [B_WIDTH-1:0] bits = {B_WIDTH{A[i]}} & B;
      wire [B_WIDTH:0] sum;  // from bit i of the product on

      if (i == 0) begin : gen_first
        assign sum = B_SIGNED ? {~bits[B_WIDTH-1], bits} : {1'b0, bits};
      end else begin : gen_next
        localparam [B_WIDTH-1:0] Inverted =
            Subtracts && i == Rows - 1 ? ~(1 << (B_WIDTH - 1)) : B_SIGNED ? 1 << (B_WIDTH - 1) : 0;
        wire [B_WIDTH-1:0] row = bits ^ Inverted;
        wire [B_WIDTH:1] carry;
        for (j = 0; j < B_WIDTH; j = j + 1) begin : gen_bit
          wire above = gen_row[i-1].sum[j+1];
          if (j > 0) begin : gen_next
            sparq_fa u_fa (.a(above), .b(row[j]), .c(carry[j]), .sum(sum[j]), .carry(carry[j+1]));
          end else if (Subtracts && i == Rows - 1) begin : gen_complement
            assign sum[0] = above ~^ row[0];
            assign carry[1] = above || row[0];
          end else begin : gen_lowest
            assign sum[0] = above ^ row[0];
            assign carry[1] = above && row[0];
          end
        end
        assign sum[B_WIDTH] = carry[B_WIDTH];
      end

      assign product[i] = sum[0];
    end
  endgenerate

  assign product[Rows+B_WIDTH-2:Rows] = gen_row[Rows-1].sum[B_WIDTH-1:1];
  assign product[Rows+B_WIDTH-1] =
      B_SIGNED ? ~gen_row[Rows-1].sum[B_WIDTH] : gen_row[Rows-1].sum[B_WIDTH];

  \$pos #(.A_SIGNED(A_SIGNED), .A_WIDTH(Rows + B_WIDTH), .Y_WIDTH(Y_WIDTH)) u_y (
      .A(product), .Y(Y)
  );
endmodule

// One of three words by a code (muxpack makes such a cell of a chain of `?:`): an AND-OR by one-hot
// selects. ABC does not look across the barriers behind these, where it would go back to two
// multiplexers in a row; but it sees when neither select is a bit of the code. A bit that the first two
// words share, as they do an extended sign, is a choice between two and left to ABC.
(* techmap_celltype = "$pmux" *)
module sparq_choice (A, B, S, Y);
  parameter WIDTH = 1;
  parameter S_WIDTH = 1;
  input [WIDTH-1:0] A;
  input [WIDTH*S_WIDTH-1:0] B;
  input [S_WIDTH-1:0] S;
  output [WIDTH-1:0] Y;

  wire _TECHMAP_FAIL_ = S_WIDTH != 2;

  parameter _TECHMAP_BITS_CONNMAP_ = 1;
  parameter _TECHMAP_CONNMAP_B_ = 0;
  localparam Bits = _TECHMAP_BITS_CONNMAP_;

  wire [1:0] select;
  sparq_barrier u_select_0 (.a(S[0]), .y(select[0]));
  sparq_barrier u_select_1 (.a(S[1]), .y(select[1]));

  genvar i;
  generate
    for (i = 0; i < WIDTH; i = i + 1) begin : gen_bit
      localparam Shared = _TECHMAP_CONNMAP_B_[i*Bits +: Bits] ==
          _TECHMAP_CONNMAP_B_[(WIDTH+i)*Bits +: Bits];
      wire [1:0] selected = {B[WIDTH+i], B[i]} & (Shared ? S : select);
      assign Y[i] = |selected | (A[i] & ~|S);
    end
  endgenerate
endmodule
