package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.evaluation.BaseEvaluation;
import org.nd4j.evaluation.IEvaluation;

/** Files that version 0.1.0 wrote are read, and written again as they were. */
class EvaluationFilesTest {

    static Stream<String> files() {
        return Stream.of(
                "{'@class':'org.segloss4j.evaluation.SegmentationEvaluation','classes':3,'counts':[5,1,0,2,3,0,0,0,0],"
                        + "'classNames':['a','b','c'],'ignoreIndex':2,'threshold':0.25,'channelsLast':true}",
                "{'@class':'org.segloss4j.evaluation.OutcomeEvaluation','mode':'MULTI_LABEL',"
                        + "'classes':2,'counts':[1,2,3,4,5,6,7,8],"
                        + "'ignoreIndex':255,'thresholds':[0.25,0.5],'channelsLast':true,'classNames':['a','b']}",
                "{'@class':'org.segloss4j.evaluation.OutcomeEvaluation','mode':'MULTI_CLASS',"
                        + "'classes':2,'counts':[4,2,1,3,3,1,2,4],"
                        + "'ignoreIndex':null,'thresholds':null,'channelsLast':false,'classNames':null}",
                "{'@class':'org.segloss4j.evaluation.CalibrationEvaluation','classes':2,"
                        + "'exclusive':true,'bins':2,'ignoreIndex':7,"
                        + "'channelsLast':true,'classNames':['a','b'],'sums':{'counts':[1,1,0,2,0,2],"
                        + "'probabilityWhole':[0,0,0,1,0,1],'probabilityFraction':[1125899906842624,"
                        + "2251799813685248,0,"
                        + "1125899906842624,0,1125899906842624],'truthWhole':[1,0,0,1,0,0],'truthFraction':[0,0,0,0,0,"
                        + "0],'errorWhole':[0,0,0],'errorFraction':[3659174697238528,3659174697238528,"
                        + "3659174697238528]}}",
                "{'@class':'org.segloss4j.evaluation.SurfaceEvaluation','classes':2,'ignoreIndex':255,"
                        + "'includeBackground':false,"
                        + "'spacing':[0.5,2.0],'tolerances':[1.0,2.0],'percentile':99.0,'boundaryRatio':0.5,"
                        + "'threshold':0.25,'channelsLast':false,'sums':[0.0,1.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,"
                        + "0.0,0.0,1.0,1.0],'finite':[0,1,1,0,1,1,0,1,1,0,1,1,0,1,1],'infinite':[0,0,0,0,0,0,0,"
                        + "0,0,0,0,"
                        + "0,0,0,0],'images':1}").map(file -> file.replace('\'', '"'));
    }

    @ParameterizedTest
    @MethodSource("files")
    void earlierFilesAreRead(String file) {
        IEvaluation<?> evaluation = BaseEvaluation.fromJson(file, IEvaluation.class);
        assertThat(evaluation.toJson().replaceAll("\\s", "")).isEqualTo(file);
    }
}
